// A Socket.IO client on the main namespace, as the stock library behaves: open, connect, events with acks,
// heartbeats.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "network.hpp"

namespace holdfast::simulation {

namespace json = boost::json;

class SocketClient final : RouteListener {
  public:
    using Ack = std::function<void(const json::object&)>;
    struct Listener {
        std::function<void()> connected;
        /// Over, or not come about; nothing is tried again by itself. `by_server`: the namespace was closed.
        std::function<void(bool by_server)> disconnected;
        std::function<void(std::string_view event, const json::object& data)> event;
        std::function<void(std::string_view cookie)> cookie;
    };

    SocketClient(Network& network, Listener listener) : network_(network), listener_(std::move(listener)) {}
    ~SocketClient() override;
    SocketClient(const SocketClient&) = delete;
    SocketClient& operator=(const SocketClient&) = delete;

    /// `auth` is JSON, or nothing.
    void connect(std::string cookie, std::string address, std::string auth);
    /// `politely`: as disconnect() does. Otherwise the page is gone.
    void disconnect(bool politely);
    void emit(std::string_view event, const json::object& data, Ack ack);
    /// Whatever a client should not send.
    void send_raw(std::string packet);
    [[nodiscard]] bool connected() const { return connected_; }
    [[nodiscard]] bool active() const { return route_ != nullptr; }

  private:
    void on_packet(std::string_view packet) override;
    void on_cookie(std::string_view cookie) override { listener_.cookie(cookie); }
    void on_closed() override { ended(false); }
    void on_message(std::string_view message);
    void ended(bool by_server);
    void expect_ping();

    Network& network_;
    Listener listener_;
    std::string auth_;
    std::shared_ptr<Route> route_;
    Life attempt_;  ///< of this connection
    Life next_ping_;
    bool connected_ = false;
    std::uint64_t last_ack_ = 0;
    std::map<std::uint64_t, Ack> acks_;
};

}  // namespace holdfast::simulation
