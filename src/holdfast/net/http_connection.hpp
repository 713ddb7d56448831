// HTTP/1.1 on a connection: one request at a time, in order, and the way to a WebSocket.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "holdfast/net/application.hpp"
#include "holdfast/net/connection.hpp"
#include "holdfast/net/request_reader.hpp"
#include "holdfast/net/response_writer.hpp"

namespace holdfast::net {

class HttpConnection final : public Protocol {
  public:
    explicit HttpConnection(Connection& connection) : connection_(connection) {}

    void on_bytes(std::span<char> bytes) override;
    void on_flushed() override;
    void on_lost(bool error) override;
    void on_deadline(DeadlineKind kind) override;
    void on_drain() override;

    /// The application's answer to request `number`; ignored if that one is over.
    void on_response(std::uint64_t number, HttpResponse response);
    /// The application dropped request `number` unanswered.
    void on_dropped(std::uint64_t number);

  private:
    class Responder;

    [[nodiscard]] bool busy() const;
    void process(std::span<char> input);
    [[nodiscard]] bool on_head(std::span<const char> rest);
    /// False when the connection has become something else or waits.
    [[nodiscard]] bool on_complete(std::span<char> rest);
    /// True if the request was a WebSocket handshake, accepted or not.
    [[nodiscard]] bool try_upgrade(const HttpRequest& request, std::span<char> rest);
    void keep(std::span<char> rest);
    void resume();
    void describe(HttpRequest& request);
    void refuse(unsigned status, HttpHeaders headers = {});
    void send_response(HttpResponse response);
    void abandon_request();

    Connection& connection_;
    std::unique_ptr<RequestReader> reader_;     // while a request is being read
    std::shared_ptr<Responder> announced_;      // from the head of a request to its end
    const HttpResponder* in_flight_ = nullptr;  // announced and not answered; only its address is used
    std::uint64_t request_number_ = 0;
    std::string pending_;  // bytes of later requests
    std::string client_address_;
    ContentCoding coding_ = ContentCoding::identity;
    unsigned version_ = 11;
    bool keep_alive_ : 1 = true;
    bool head_request_ : 1 = false;
    bool processing_ : 1 = false;
    bool client_secure_ : 1 = false;
};

}  // namespace holdfast::net
