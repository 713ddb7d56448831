#include "socket_client.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <utility>

namespace holdfast::simulation {

namespace {

/// How long one attempt to connect may take.
constexpr Milliseconds attempt_time{6'000};

json::value parse(std::string_view text) {
    boost::system::error_code error;
    auto value = json::parse(json::string_view(text.data(), text.size()), error);
    return error ? json::value() : value;
}

}  // namespace

SocketClient::~SocketClient() {
    if (route_) route_->close(false);
}

void SocketClient::connect(std::string cookie, std::string address, std::string auth) {
    disconnect(false);
    auth_ = std::move(auth);
    attempt_.begin_anew();
    route_ = network_.connect(*this, std::move(cookie), std::move(address));
    network_.timeline.after(attempt_time, attempt_, [this] {
        if (!connected_) ended(false);
    });
}

void SocketClient::disconnect(bool politely) {
    attempt_.end();
    next_ping_.end();
    connected_ = false;
    acks_.clear();
    const auto route = std::exchange(route_, nullptr);
    if (!route) return;
    if (politely) route->send("41");
    route->close(politely);
}

void SocketClient::ended(bool by_server) {
    if (!route_) return;
    const auto route = std::exchange(route_, nullptr);
    attempt_.end();
    next_ping_.end();
    connected_ = false;
    acks_.clear();
    route->close(false);
    listener_.disconnected(by_server);
}

void SocketClient::emit(std::string_view event, const json::object& data, Ack ack) {
    if (!connected_) return;
    std::string packet = "42";
    if (ack) {
        packet += std::to_string(++last_ack_);
        acks_[last_ack_] = std::move(ack);
    }
    packet += json::serialize(json::array{json::value(event), data});
    route_->send(std::move(packet));
}

void SocketClient::send_raw(std::string packet) {
    if (route_) route_->send(std::move(packet));
}

void SocketClient::expect_ping() {
    next_ping_.begin_anew();
    network_.timeline.after(network_.plan.ping_interval + network_.plan.ping_timeout, next_ping_,
                            [this] { ended(false); });
}

void SocketClient::on_packet(std::string_view packet) {
    const auto route = route_;  // Whatever the listener does, it outlives this call.
    if (!route || packet.empty()) return;
    switch (packet.front()) {
        case '0':
            expect_ping();
            route->send("40" + auth_);
            return;
        case '2':
            expect_ping();
            route->send("3");
            return;
        case '4':
            return on_message(packet.substr(1));
        default:
            return;
    }
}

void SocketClient::on_message(std::string_view message) {
    if (message.starts_with('0')) {
        connected_ = true;
        return listener_.connected();
    }
    if (message.starts_with('1') || message.starts_with("44")) return ended(true);
    const bool is_ack = message.starts_with('3');
    if (!is_ack && !message.starts_with('2')) return;
    message.remove_prefix(1);
    std::uint64_t id = 0;
    const auto digits = std::from_chars(message.data(), message.data() + message.size(), id);
    message.remove_prefix(static_cast<std::size_t>(digits.ptr - message.data()));
    const auto value = parse(message);
    const auto* array = value.if_array();
    if (array == nullptr || array->empty()) return;
    if (is_ack) {
        const auto found = acks_.find(id);
        if (found == acks_.end()) return;
        const auto ack = std::move(found->second);
        acks_.erase(found);
        if (const auto* object = array->front().if_object()) ack(*object);
        return;
    }
    const auto* object = array->size() > 1 ? array->at(1).if_object() : nullptr;
    if (array->front().is_string() && object != nullptr) {
        listener_.event(array->front().get_string(), *object);
    }
}

}  // namespace holdfast::simulation
