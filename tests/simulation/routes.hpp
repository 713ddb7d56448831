// The two ways of an Engine.IO connection through the network.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "holdfast/websocket/frame_decoder.hpp"
#include "network.hpp"

namespace holdfast::simulation {

class WebSocketRoute final : public Route {
  public:
    using Route::Route;
    void open() override;
    void send(std::string packet) override;

  private:
    class ServerEnd;
    class FromClient;
    class FromServer;
    void server_hears_close(bool error) override;
    void say_goodbye() override;
    void arrive_at_server(std::string bytes);
    void arrive_at_client(std::string bytes);

    std::shared_ptr<ServerEnd> server_end_;
    websocket::DecoderSettings client_settings_{.expect_masked = false};
    websocket::DecoderSettings server_settings_;
    websocket::FrameDecoder client_decoder_{client_settings_};
    websocket::FrameDecoder server_decoder_{server_settings_};
};

class PollingRoute final : public Route {
  public:
    using Route::Route;
    void open() override;
    void send(std::string packet) override;

  private:
    class Exchange;
    void server_hears_close(bool error) override;
    void say_goodbye() override;
    void poll();
    void post();
    void deliver_post(const std::string& body, bool is_repetition);
    void answered(bool to_poll, const engineio::HttpResponse& response);

    std::string sid_;
    std::deque<std::string> waiting_;
    bool post_under_way_ = false;
    std::shared_ptr<Exchange> parked_;  ///< the poll that waits in the engine
};

}  // namespace holdfast::simulation
