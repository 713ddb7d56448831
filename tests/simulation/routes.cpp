#include "routes.hpp"

#include <utility>
#include <variant>

#include "holdfast/engineio/payload.hpp"
#include "holdfast/websocket/frame_encoder.hpp"

namespace holdfast::simulation {

namespace {

std::string cookie_in(const engineio::HttpHeaders& headers) {
    for (const auto& [name, value] : headers) {
        if (name == "Set-Cookie") return value.substr(0, value.find(';'));
    }
    return {};
}

}  // namespace

// ---- over a WebSocket

/// The connection as the engine has it.
class WebSocketRoute::ServerEnd final : public engineio::WebSocketConnection {
  public:
    explicit ServerEnd(std::weak_ptr<WebSocketRoute> route) : route_(std::move(route)) {}
    void send_frames(std::shared_ptr<const std::string> frames) override { send(*frames); }
    void send_message(engineio::MessagePointer message) override { send(message->websocket_frames()); }
    [[nodiscard]] std::size_t queued_bytes() const override { return 0; }
    void close(std::uint16_t code) override {
        open = false;
        const auto route = route_.lock();
        if (!route) return;
        route->network_.let_go(route.get());
        if (route->network_.happens(route->network_.plan.swallowed_close)) return;
        if (code != 0) send(websocket::server_close_frame(code));
        if (!route->to_client_cut_) route->tell_client_closed();
    }

    engineio::WebSocketId id = 0;
    bool open = true;

  private:
    void send(const std::string& bytes) {
        const auto route = route_.lock();
        if (!route) return;
        route->to_client([route, bytes] { route->arrive_at_client(bytes); });
    }
    std::weak_ptr<WebSocketRoute> route_;
};

class WebSocketRoute::FromClient final : public websocket::FrameSink {
  public:
    explicit FromClient(WebSocketRoute& route) : route_(route) {}
    void on_message(std::string_view data, bool binary) override {
        const auto end = route_.server_end_;
        if (!end || !end->open) return;
        route_.engine().on_websocket_message(end->id, data, binary, route_.network_.timeline.now());
    }
    void on_ping(std::string_view /*data*/) override {}
    void on_pong(std::string_view /*data*/) override {}
    void on_close(std::uint16_t /*code*/, std::string_view /*reason*/) override {
        route_.server_hears_close(false);
    }
    void on_failure(std::uint16_t /*code*/) override { route_.server_hears_close(true); }

  private:
    WebSocketRoute& route_;
};

class WebSocketRoute::FromServer final : public websocket::FrameSink {
  public:
    explicit FromServer(WebSocketRoute& route) : route_(route) {}
    void on_message(std::string_view data, bool /*binary*/) override {
        if (route_.listener_ != nullptr) route_.listener_->on_packet(data);
    }
    void on_ping(std::string_view /*data*/) override {}
    void on_pong(std::string_view /*data*/) override {}
    void on_close(std::uint16_t /*code*/, std::string_view /*reason*/) override {}
    void on_failure(std::uint16_t /*code*/) override {}

  private:
    WebSocketRoute& route_;
};

void WebSocketRoute::open() {
    auto self = std::static_pointer_cast<WebSocketRoute>(shared_from_this());
    to_server([self] {
        const auto& clock = self->network_.timeline.clock();
        const auto answer = self->engine().on_upgrade_request(
            self->request("GET", "EIO=4&transport=websocket"), clock.now(), clock.unix_now());
        const auto* accepted = std::get_if<engineio::UpgradeAccepted>(&answer);
        if (accepted == nullptr) return self->tell_client_closed();
        if (const auto cookie = cookie_in(accepted->response_headers); !cookie.empty()) {
            self->to_client([self, cookie] {
                if (self->listener_ != nullptr) self->listener_->on_cookie(cookie);
            });
        }
        self->server_end_ = std::make_shared<ServerEnd>(self);
        self->server_end_->id = accepted->websocket;
        self->network_.keep(self);
        self->engine().on_websocket_open(accepted->websocket, *self->server_end_, clock.now());
    });
}

void WebSocketRoute::send(std::string packet) {
    if (!client_open_) return;
    std::string bytes;
    websocket::append_client_frame(bytes, websocket::Opcode::text, packet, {0x37, 0xFA, 0x21, 0x3D});
    auto self = std::static_pointer_cast<WebSocketRoute>(shared_from_this());
    // What is sent in one piece need not arrive in one.
    const auto cut_at = chance(100, network_.random) ? network_.random.below(bytes.size()) : 0;
    if (cut_at != 0) to_server([self, part = bytes.substr(0, cut_at)] { self->arrive_at_server(part); });
    to_server([self, part = bytes.substr(cut_at)] { self->arrive_at_server(part); });
}

void WebSocketRoute::arrive_at_server(std::string bytes) {
    if (!server_end_ || !server_end_->open) return;
    FromClient sink(*this);
    server_decoder_.decode(bytes, sink);
}

void WebSocketRoute::arrive_at_client(std::string bytes) {
    FromServer sink(*this);
    client_decoder_.decode(bytes, sink);
}

void WebSocketRoute::server_hears_close(bool error) {
    if (!server_end_ || !server_end_->open) return;
    server_end_->open = false;
    network_.let_go(this);
    engine().on_websocket_closed(server_end_->id, error, network_.timeline.now());
}

void WebSocketRoute::say_goodbye() {
    send("1");
}

// ---- over requests

/// One request on its way, and the answer to it.
class PollingRoute::Exchange final : public engineio::HttpResponder {
  public:
    Exchange(std::weak_ptr<PollingRoute> route, bool is_poll, bool wanted = true)
        : route_(std::move(route)), is_poll_(is_poll), wanted_(wanted) {}
    void respond(engineio::HttpResponse response) override {
        done = true;
        const auto route = route_.lock();
        if (!route || !wanted_) return;
        if (is_poll_ && route->parked_.get() == this) {
            [[maybe_unused]] const auto kept = std::exchange(route->parked_, nullptr);
        }
        route->to_client([route, is_poll = is_poll_, response = std::move(response)] {
            route->answered(is_poll, response);
        });
    }

    bool done = false;

  private:
    std::weak_ptr<PollingRoute> route_;
    bool is_poll_;
    bool wanted_;
};

void PollingRoute::open() {
    poll();
}

void PollingRoute::poll() {
    auto self = std::static_pointer_cast<PollingRoute>(shared_from_this());
    to_server([self] {
        const std::string query =
            "EIO=4&transport=polling" + (self->sid_.empty() ? "" : "&sid=" + self->sid_);
        const auto exchange = std::make_shared<Exchange>(self, true);
        self->parked_ = exchange;
        const auto& clock = self->network_.timeline.clock();
        self->engine().on_request(self->request("GET", query), exchange, clock.now(), clock.unix_now());
    });
}

void PollingRoute::send(std::string packet) {
    if (!client_open_) return;
    waiting_.push_back(std::move(packet));
    if (!post_under_way_ && !sid_.empty()) post();
}

void PollingRoute::post() {
    std::string body;
    for (const auto& packet : waiting_)
        body += (body.empty() ? "" : std::string(1, engineio::packet_separator)) + packet;
    waiting_.clear();
    post_under_way_ = true;
    const bool twice = network_.happens(network_.plan.repeated_post);
    auto self = std::static_pointer_cast<PollingRoute>(shared_from_this());
    to_server([self, body, twice] {
        self->deliver_post(body, false);
        if (!twice) return;
        ++self->network_.repeated_posts;
        self->network_.trace.line("network", "a proxy sends a request again");
        self->deliver_post(body, true);
    });
}

void PollingRoute::deliver_post(const std::string& body, bool is_repetition) {
    auto self = std::static_pointer_cast<PollingRoute>(shared_from_this());
    auto http = request("POST", "");
    const std::string query = "EIO=4&transport=polling&sid=" + sid_;
    http.query = query;
    http.body = body;
    http.headers.emplace_back("Content-Type", "text/plain;charset=UTF-8");
    const auto& clock = network_.timeline.clock();
    engine().on_request(http, std::make_shared<Exchange>(self, false, !is_repetition), clock.now(),
                        clock.unix_now());
}

void PollingRoute::answered(bool to_poll, const engineio::HttpResponse& response) {
    if (const auto cookie = cookie_in(response.headers); !cookie.empty() && listener_ != nullptr) {
        listener_->on_cookie(cookie);
    }
    if (response.status != 200) return tell_client_closed();
    if (!to_poll) {
        post_under_way_ = false;
        if (!waiting_.empty()) post();
        return;
    }
    engineio::PayloadReader reader(response.body);
    bool is_over = false;
    while (const auto packet = reader.next()) {
        constexpr std::string_view opening = "0{\"sid\":\"";
        if (packet->starts_with(opening)) sid_ = std::string(packet->substr(opening.size(), 20));
        is_over = is_over || *packet == "1";
        if (listener_ != nullptr) listener_->on_packet(*packet);
    }
    if (!client_open_) return;
    if (is_over) return tell_client_closed();
    if (!post_under_way_ && !waiting_.empty()) post();
    poll();
}

void PollingRoute::server_hears_close(bool /*error*/) {
    const auto parked = std::exchange(parked_, nullptr);
    if (!parked || parked->done) return;
    parked->done = true;
    engine().on_request_aborted(parked.get(), network_.timeline.now());
}

void PollingRoute::say_goodbye() {
    if (sid_.empty()) return;
    auto self = std::static_pointer_cast<PollingRoute>(shared_from_this());
    to_server([self] { self->deliver_post("1", true); });
}

}  // namespace holdfast::simulation
