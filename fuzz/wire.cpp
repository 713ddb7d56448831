#include "wire.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "holdfast/engineio/payload.hpp"
#include "holdfast/websocket/frame_decoder.hpp"
#include "require.hpp"

namespace holdfast::fuzz {
namespace {

using namespace holdfast::engineio;

constexpr std::size_t sid_size = 20;

std::string sid_in(std::string_view open_packet) {
    constexpr std::string_view begin = "0{\"sid\":\"";
    require(open_packet.starts_with(begin), "a session begins with an open packet");
    return std::string(open_packet.substr(begin.size(), sid_size));
}

// Hands the messages of a server's frames to a packet handler.
class Frames final : public websocket::FrameSink {
  public:
    explicit Frames(const PacketHandler& on_packet) : on_packet_(on_packet) {}
    void on_message(std::string_view data, bool binary) override { on_packet_(data, binary); }
    void on_ping(std::string_view /*data*/) override { fail("the engine sends no WebSocket ping"); }
    void on_pong(std::string_view /*data*/) override { fail("the engine sends no WebSocket pong"); }
    void on_close(std::uint16_t /*code*/, std::string_view /*reason*/) override {
        fail("the engine leaves the close frame to the connection");
    }
    void on_failure(std::uint16_t /*code*/) override { fail("frames are right"); }

  private:
    const PacketHandler& on_packet_;
};

}  // namespace

void Exchange::respond(HttpResponse response) {
    require(open(), "a request is answered once, and not when its client is gone");
    constexpr unsigned known[] = {200, 204, 400, 403, 404, 413, 503};
    require(std::ranges::find(known, response.status) != std::end(known),
            "an answer has a status that is known");
    for (const auto& [name, value] : response.headers) {
        require((name + value).find_first_of("\r\n") == std::string::npos, "a header is one line");
    }
    response_ = std::move(response);
    const bool is_poll = std::ranges::any_of(
        response_->headers, [](const auto& header) { return header.second == "text/plain; charset=UTF-8"; });
    if (response_->status != 200 || !is_poll) return;
    PayloadReader reader(response_->body);
    while (const auto packet = reader.next())
        on_packet_(*packet, false);
}

void WireSocket::close(std::uint16_t code) {
    require(open_, "a WebSocket is closed once");
    require(code == 0 || websocket::is_valid_close_code(code), "a close code may be sent");
    open_ = false;
}

void WireSocket::take(const std::string& frames) {
    require(open_, "nothing is sent on a WebSocket that is closed");
    if (!reads_) queued_bytes_ += frames.size();
    const websocket::DecoderSettings settings{.expect_masked = false};
    websocket::FrameDecoder decoder(settings);
    Frames sink(on_packet_);
    std::string copy = frames;
    decoder.decode(copy, sink);
    require(decoder.held_bytes() == 0, "frames are whole");
}

PacketHandler Wire::handler(std::optional<std::size_t> client) {
    // Without a client the first packet, if any, is the open packet of a new one.
    return [this, client](std::string_view packet, bool binary) mutable {
        if (!client) {
            client = sids_.size();
            sids_.push_back(sid_in(packet));
        }
        on_packet(*client, packet, binary);
    };
}

template <typename Use>
auto Wire::with(const Request& request, const Use& use) const {
    HttpRequest http;
    http.method = request.method;
    http.path = "/socket.io/";
    http.query = request.query;
    http.body = request.body;
    http.remote_address = "192.0.2.7";
    http.body_too_large = request.body_too_large;
    http.headers = {{"Host", "play.example"}};
    if (!request.origin.empty()) http.headers.emplace_back("Origin", request.origin);
    if (!request.content_type.empty()) http.headers.emplace_back("Content-Type", request.content_type);
    return use(http);
}

void Wire::say(Script& script, std::string_view packet) {
    if (sockets_.empty()) return;
    const auto& socket = sockets_[script.byte() % sockets_.size()];
    engine_.on_websocket_message(socket->id(), packet, false, clock_.now());
    forget_closed();
}

void Wire::finish_half(Script& script) {
    if (halves_.empty()) return;
    const auto how = script.byte();
    const auto at = halves_.begin() + static_cast<std::ptrdiff_t>(how % halves_.size());
    const Half half = std::move(*at);
    halves_.erase(at);
    if (how >= 200) {
        half.exchange->abort();
        engine_.on_request_aborted(half.exchange.get(), clock_.now());
        return;
    }
    const Request request{.method = "POST",
                          .query = half.query,
                          .body = half.body,
                          .content_type = "text/plain",
                          .body_too_large = half.body_too_large};
    with(request, [&](const HttpRequest& http) {
        engine_.on_request(http, half.exchange, clock_.now(), clock_.unix_now());
    });
    require(half.exchange->answered(), "a POST is answered at once");
}

void Wire::send(const Request& request, bool announced, std::optional<std::size_t> client) {
    auto exchange = std::make_shared<Exchange>(handler(client));
    with(request, [&](const HttpRequest& http) {
        if (announced) {
            auto refusal = engine_.on_request_started(http, exchange.get(), clock_.now());
            if (refusal) {
                require(refusal->status >= 400 && refusal->close_connection, "a refusal ends the connection");
                exchange->abort();
                return;
            }
            if (request.method == "POST") {
                halves_.push_back({exchange, request.query, request.body, request.body_too_large});
                return;
            }
        }
        engine_.on_request(http, exchange, clock_.now(), clock_.unix_now());
    });
    const bool half = !halves_.empty() && halves_.back().exchange == exchange;
    if (exchange->open() && !half) exchanges_.push_back(std::move(exchange));
}

void Wire::upgrade(const Request& request, std::optional<std::size_t> client) {
    const auto answer = with(request, [&](const HttpRequest& http) {
        return engine_.on_upgrade_request(http, clock_.now(), clock_.unix_now());
    });
    if (const auto* accepted = std::get_if<UpgradeAccepted>(&answer)) {
        require(accepted->websocket != 0, "an accepted upgrade has a number");
        upgraded_.push_back({accepted->websocket, client});
    } else {
        const auto& refusal = std::get<HttpResponse>(answer);
        require(refusal.status >= 400 && refusal.close_connection, "a refused upgrade ends the connection");
    }
}

void Wire::open_socket(Script& script) {
    if (upgraded_.empty()) return;
    const auto which = script.byte();
    const auto at = upgraded_.begin() + static_cast<std::ptrdiff_t>(which % upgraded_.size());
    const auto [id, client] = *at;
    upgraded_.erase(at);
    if (which >= 240) {
        engine_.on_websocket_closed(id, which % 2 == 0, clock_.now());
        return;
    }
    sockets_.push_back(std::make_unique<WireSocket>(id, handler(client)));
    engine_.on_websocket_open(id, *sockets_.back(), clock_.now());
    forget_closed();
}

std::string Wire::packet(Script& script) {
    const auto which = script.byte();
    if (which < usual_packets_.size()) return std::string(usual_packets_[which]);
    return std::string(script.piece());
}

std::string Wire::payload(Script& script) {
    std::string text = packet(script);
    for (std::size_t more = script.below(4); more > 0; --more)
        text += packet_separator + packet(script);
    return text;
}

std::optional<std::size_t> Wire::any_client(Script& script) const {
    const auto which = script.byte();
    if (sids_.empty() || which == 255) return std::nullopt;
    // Counted from the newest, so that the same script means much the same when something is put in front of
    // it.
    return sids_.size() - 1 - which % sids_.size();
}

std::string Wire::query_of(std::optional<std::size_t> client, std::string_view transport) const {
    std::string query("EIO=4&transport=");
    return query.append(transport).append("&sid=").append(client ? sids_[*client] : "nobody");
}

void Wire::step(Script& script) {
    const auto any_socket = [&]() -> WireSocket* {
        return sockets_.empty() ? nullptr : sockets_[script.byte() % sockets_.size()].get();
    };
    switch (script.below(15)) {
        case 0:
            send({.query = "EIO=4&transport=polling"}, false, std::nullopt);
            break;
        case 1: {
            const auto client = any_client(script);
            send({.query = query_of(client, "polling")}, false, client);
            break;
        }
        case 2: {
            const auto client = any_client(script);
            const auto how = script.byte();
            send({.method = "POST",
                  .query = query_of(client, "polling"),
                  .body = payload(script),
                  .content_type = how >= 250 ? "application/octet-stream" : "text/plain",
                  .body_too_large = how == 249},
                 how % 2 == 0, client);
            break;
        }
        case 3: {
            constexpr std::string_view methods[] = {"GET", "POST", "OPTIONS", "HEAD", "PUT", ""};
            Request request{.method = methods[script.below(6)], .query = std::string(script.piece())};
            request.origin = script.piece();
            const bool announced = script.flag();
            // If it opens a session, that is a client like the others.
            send(request, announced, std::nullopt);
            break;
        }
        case 4:
            if (!exchanges_.empty()) {
                const auto at =
                    exchanges_.begin() + static_cast<std::ptrdiff_t>(script.byte() % exchanges_.size());
                const auto exchange = *at;
                exchanges_.erase(at);
                if (!exchange->open()) break;
                exchange->abort();
                engine_.on_request_aborted(exchange.get(), clock_.now());
            }
            break;
        case 5:
            upgrade({.query = script.byte() < 200 ? "EIO=4&transport=websocket"
                                                  : "EIO=4&transport=websocket&b64=1"},
                    std::nullopt);
            if (script.flag()) open_socket(script);
            break;
        case 6: {
            const auto client = any_client(script);
            if (!client) break;
            upgrade({.query = query_of(client, "websocket") + (script.byte() < 200 ? "" : "&b64=1")}, client);
            if (script.flag()) open_socket(script);
            break;
        }
        case 7: {
            Request request{.query = std::string(script.piece())};
            request.origin = script.piece();
            // One that opens a session is a client; one for a session that is there has a number of 20
            // characters, which no script knows.
            upgrade(request, std::nullopt);
            break;
        }
        case 8:
            open_socket(script);
            break;
        case 9:
        case 10: {
            WireSocket* const socket = any_socket();
            const auto text = packet(script);
            // What is not UTF-8 does not get through the codec.
            if (socket != nullptr && is_utf8(text))
                engine_.on_websocket_message(socket->id(), text, false, clock_.now());
            break;
        }
        case 11: {
            WireSocket* const socket = any_socket();
            const auto bytes = script.piece();
            if (socket != nullptr) engine_.on_websocket_message(socket->id(), bytes, true, clock_.now());
            break;
        }
        case 12: {
            WireSocket* const socket = any_socket();
            const auto how = script.byte();
            if (socket == nullptr) break;
            if (how < 100) {
                socket->lose();
                engine_.on_websocket_closed(socket->id(), how % 2 == 0, clock_.now());
            } else {
                socket->read(how % 2 == 0);
                if (how % 2 == 0) engine_.on_websocket_drained(socket->id(), clock_.now());
            }
            break;
        }
        case 13:
            pass(Milliseconds(script.byte() * 3));
            break;
        default:
            finish_half(script);
    }
    forget_closed();
}

void Wire::forget_closed() {
    std::erase_if(sockets_, [](const auto& socket) { return !socket->open(); });
    std::erase_if(exchanges_, [](const auto& exchange) { return !exchange->open(); });
}

void Wire::leave() {
    for (const auto& socket : sockets_) {
        if (!socket->open()) continue;
        socket->lose();
        engine_.on_websocket_closed(socket->id(), false, clock_.now());
    }
    for (const auto& exchange : exchanges_) {
        if (!exchange->open()) continue;
        exchange->abort();
        engine_.on_request_aborted(exchange.get(), clock_.now());
    }
    for (const auto& half : halves_) {
        half.exchange->abort();
        engine_.on_request_aborted(half.exchange.get(), clock_.now());
    }
    sockets_.clear();
    exchanges_.clear();
    halves_.clear();
}

HonestClient::HonestClient(Engine& engine, ManualClock& clock, bool over_websocket)
    : engine_(engine), clock_(clock) {
    HttpRequest request;
    request.method = "GET";
    request.path = "/socket.io/";
    request.headers = {{"Host", "play.example"}};
    request.remote_address = "192.0.2.8";
    if (over_websocket) {
        request.query = "EIO=4&transport=websocket";
        const auto answer = engine_.on_upgrade_request(request, clock_.now(), clock_.unix_now());
        const auto* accepted = std::get_if<UpgradeAccepted>(&answer);
        require(accepted != nullptr, "an honest client is let in");
        socket_ = std::make_unique<WireSocket>(
            accepted->websocket, [this](std::string_view packet, bool /*binary*/) { take(packet); });
        engine_.on_websocket_open(accepted->websocket, *socket_, clock_.now());
    } else {
        request.query = "EIO=4&transport=polling";
        waiting_ =
            std::make_shared<Exchange>([this](std::string_view packet, bool /*binary*/) { take(packet); });
        engine_.on_request(request, waiting_, clock_.now(), clock_.unix_now());
    }
    require(!sid_.empty(), "an honest client gets a session");
    serve();
}

void HonestClient::take(std::string_view packet) {
    if (packet.starts_with("0{")) {
        sid_ = sid_in(packet);
    } else if (packet == "2") {
        ping_came_ = true;
    } else if (packet.starts_with('4')) {
        heard_.emplace_back(packet.substr(1));
    } else {
        require(packet == "6" || (packet == "1" && end_expected_),
                "an honest client hears nothing but messages and pings", packet);
    }
}

void HonestClient::poll() {
    HttpRequest request;
    const std::string query = "EIO=4&transport=polling&sid=" + sid_;
    request.method = "GET";
    request.path = "/socket.io/";
    request.query = query;
    request.headers = {{"Host", "play.example"}};
    waiting_ = std::make_shared<Exchange>([this](std::string_view packet, bool /*binary*/) { take(packet); });
    engine_.on_request(request, waiting_, clock_.now(), clock_.unix_now());
}

void HonestClient::send(std::string_view packet) {
    if (socket_) {
        require(socket_->open(), "an honest client's WebSocket stays open");
        engine_.on_websocket_message(socket_->id(), packet, false, clock_.now());
        return;
    }
    HttpRequest request;
    const std::string query = "EIO=4&transport=polling&sid=" + sid_;
    request.method = "POST";
    request.path = "/socket.io/";
    request.query = query;
    request.body = packet;
    request.headers = {{"Host", "play.example"}};
    const auto exchange = std::make_shared<Exchange>(PacketHandler{});
    engine_.on_request(request, exchange, clock_.now(), clock_.unix_now());
    require(exchange->answered() && exchange->response().status == 200,
            "an honest client's POST is accepted");
}

void HonestClient::serve() {
    if (!socket_) {
        for (int turn = 0; turn < 10 && waiting_->answered(); ++turn) {
            require(waiting_->response().status == 200, "an honest client's poll is answered");
            poll();
        }
    }
    if (std::exchange(ping_came_, false)) send("3");
    require(!socket_ || socket_->open(), "an honest client's WebSocket stays open");
}

void HonestClient::say(std::string_view text) {
    send("4" + std::string(text));
    serve();
}

std::vector<std::string> HonestClient::heard() {
    serve();
    return std::exchange(heard_, {});
}

void HonestClient::leave() {
    if (socket_) {
        if (!socket_->open()) return;
        socket_->lose();
        engine_.on_websocket_closed(socket_->id(), false, clock_.now());
    } else if (waiting_->open()) {
        waiting_->abort();
        engine_.on_request_aborted(waiting_.get(), clock_.now());
    }
}

}  // namespace holdfast::fuzz
