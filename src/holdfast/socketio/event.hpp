// Events and their answers: what a handler is given and what an emit carries. Specification:
// docs/socket.io-protocol in the repository socketio/socket.io, "EVENT" and "ACK". One thread, that of the
// server, except where a function says otherwise.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/base/result.hpp"
#include "holdfast/engineio/engine.hpp"
#include "holdfast/socketio/event_arguments.hpp"

namespace holdfast::socketio {

namespace json = boost::json;

class Socket;
/// Sockets are shared so that a handler may keep one; `connected()` says whether it still leads anywhere.
using SocketPointer = std::shared_ptr<Socket>;

/// A binary value inside event arguments travels as an attachment. In `json::value` it stands as an object
/// {"_placeholder":true,"num":n} and the bytes are in `attachments[n]`.
struct Payload {
    json::array arguments;
    std::vector<std::string> attachments;
};

/// Keeps `bytes` as the next attachment and returns the placeholder that stands for it in the arguments.
[[nodiscard]] json::value attach(std::vector<std::string>& attachments, std::string bytes);

/// Answers an event whose sender asked for an ack. Copyable; the first call counts, later ones and calls
/// after the socket is gone do nothing. An empty RawAck (no ack was asked for) may be called too.
class RawAck {
  public:
    RawAck() = default;
    RawAck(std::weak_ptr<Socket> socket, std::uint64_t id) : own_{std::move(socket), id, true} {}
    ~RawAck() = default;
    RawAck(const RawAck& other) : shared_(other.share()) {}
    RawAck(RawAck&& other) noexcept
        : own_(std::exchange(other.own_, {})), shared_(std::move(other.shared_)) {}
    RawAck& operator=(const RawAck& other) { return *this = RawAck(other); }
    RawAck& operator=(RawAck&& other) noexcept {
        own_ = std::exchange(other.own_, {});
        shared_ = std::move(other.shared_);
        return *this;
    }
    /// Sends the arguments of the ack.
    void operator()(json::array arguments) const;
    void operator()(Payload payload) const;
    /// Sends back what an event brought.
    void operator()(const EventArguments& arguments, std::vector<std::string> attachments = {}) const;
    /// Sends one argument that is JSON text already. Nobody looks whether it is: a client that is sent
    /// anything else closes the connection.
    void with_text(std::string_view argument) const;
    [[nodiscard]] bool wanted() const { return own_.asked || shared_ != nullptr; }

  private:
    struct Question {
        std::weak_ptr<Socket> socket;
        std::uint64_t id = 0;
        bool asked = false;
        bool answered = false;
    };
    [[nodiscard]] std::shared_ptr<Question> share() const;
    template <typename Arguments>
    void answer(const Arguments& arguments, std::vector<std::string> attachments) const;

    // Most are never copied, and live in the event; copies share one in memory of its own.
    mutable Question own_;
    mutable std::shared_ptr<Question> shared_;
};

/// An event as it arrived. Valid during the call of the handler; move out of it what shall live on.
struct Event {
    std::string_view name;     ///< numbers arrive as their decimal text
    EventArguments arguments;  ///< without the name
    std::vector<std::string> attachments;
    RawAck ack;
};

using EventHandler = std::function<void(Socket&, Event&)>;

/// `misfit`: an answer came, but not of the type that was asked for.
enum class AckError : std::uint8_t { timed_out, disconnected, misfit };
using AckHandler = std::function<void(Result<Payload, AckError>)>;

/// Encodes an event once; the result can be sent to any number of sockets of that namespace, on any thread.
/// `may_be_compressed`: see Broadcast::compress.
[[nodiscard]] engineio::MessagePointer encode_event(std::string_view nsp, std::string_view name,
                                                    const json::array& arguments,
                                                    std::vector<std::string> attachments = {},
                                                    bool may_be_compressed = true);
/// The same with what another event brought.
[[nodiscard]] engineio::MessagePointer encode_event(std::string_view nsp, std::string_view name,
                                                    const EventArguments& arguments,
                                                    std::vector<std::string> attachments = {},
                                                    bool may_be_compressed = true);

}  // namespace holdfast::socketio
