#include "holdfast/server/front.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "holdfast/server/device_cookie.hpp"
#include "holdfast/server/wire_format.hpp"

namespace holdfast::server {

namespace json = boost::json;
using seats::ConnectionId;
using seats::Refusal;
using socketio::DisconnectReason;

struct Front::Connection {
    ConnectionId id = 0;
    std::weak_ptr<socketio::Socket> socket;
    seats::DeviceId device{};
    seats::PageName page{};
    std::uint64_t address = 0;  ///< a short name of the address
    bool host = false;
    bool entered = false;  ///< counted among the connections of its device
    bool seated = false;   ///< as far as it has been told
    bool on_dashboard = false;
    bool streaming = true;
    /// The newest pictures that this host has not been sent yet.
    engineio::MessagePointer whole_picture;
    engineio::MessagePointer picture_of_changes;
    engineio::MessagePointer picture_of_claims;
    /// A command that may seat it has been sent: its loss matters to the house.
    bool maybe_seated = false;
    /// The number of a token that was sent and is not known to have arrived, and when it was sent.
    std::uint64_t rotation = 0;
    Instant token_sent;
    Allowance allowance;
    std::unordered_map<std::uint64_t, socketio::RawAck> acks;
};

namespace {

/// The room of those who are told about the teams they could join.
constexpr std::string_view lobby = "lobby";

constexpr char player_mark = 'p';
constexpr char host_mark = 'h';

seats::AwayCause away_cause_of(DisconnectReason reason) {
    switch (reason) {
        case DisconnectReason::client_namespace_disconnect:
        case DisconnectReason::transport_close:
            return seats::AwayCause::closed_page;
        default:
            return seats::AwayCause::connection_lost;
    }
}

/// The token that is shown, or nothing.
std::string_view token_of(const seats::CommandBody& body) {
    const auto* shown = std::get_if<seats::ReconnectWithToken>(&body);
    return shown == nullptr ? std::string_view{} : std::string_view(shown->token);
}

/// What the client has named in its `auth`, optional as all of that. Something else under these names belongs
/// to a client with other ideas, and is no mistake.
std::uint32_t page_number(const json::object& auth, std::string_view name) {
    const auto* value = auth.if_contains(name);
    const auto* number = value == nullptr ? nullptr : value->if_int64();
    if (number == nullptr || *number < 1 || *number > std::numeric_limits<std::uint32_t>::max()) return 0;
    return static_cast<std::uint32_t>(*number);
}

seats::PageName page_of(const socketio::Socket& socket) {
    const auto* auth = socket.auth().if_object();
    if (auth == nullptr) return {};
    return {page_number(*auth, "tab"), page_number(*auth, "page")};
}

constexpr std::string_view too_many_connections =
    "Too many pages of this browser are open here. Please close some of them and try again.";

}  // namespace

Front::Front(FrontSettings settings, std::size_t thread_index, CommandPort& port, HostAccess& hosts,
             Metrics& metrics, Random& random, Random& secrets, const Clock& clock)
    : settings_(std::move(settings)),
      thread_index_(thread_index),
      port_(port),
      hosts_(hosts),
      metrics_(metrics),
      secrets_(secrets),
      clock_(clock),
      wrong_tokens_(settings_.wrong_tokens_per_minute),
      devices_(settings_.devices),
      jitter_(thread_index + 1),
      server_(settings_.socketio, random,
              [this](const engineio::HttpRequest& request) { return on_handshake(request); }) {
    socketio::Namespace& main = server_.of("/");
    main.on_connection([this](const socketio::SocketPointer& socket) { on_connection(socket); });
    main.on_any([this](socketio::Socket& socket, socketio::Event& event) { on_event(socket, event); });
    main.on_heartbeat(
        [this](socketio::Socket& socket, Instant ping_sent) { on_heartbeat(socket, ping_sent); });
    main.on_disconnect(
        [this](socketio::Socket& socket, DisconnectReason reason) { on_disconnect(socket, reason); });
}

Front::~Front() = default;

engineio::HandshakeVerdict Front::on_handshake(const engineio::HttpRequest& request) {
    engineio::HandshakeVerdict verdict;
    const std::string secret = device_cookie::read_or_set(request, verdict.response_headers, secrets_);
    const seats::DeviceId device = device_cookie::device_of(secret);
    const bool host = hosts_.is_cookie(request.cookie(HostAccess::cookie_name), clock_.unix_now());
    if (!host && devices_.is_full(seats::short_name(device))) {
        metrics_.turned_away("connection_device");
        verdict.refusal = too_many_connections;
        return verdict;
    }
    verdict.attachment = std::string(1, host ? host_mark : player_mark) + std::string(bytes_of(device));
    return verdict;
}

bool Front::is_of_holder(const engineio::HttpRequest& request) const {
    if (settings_.holders == nullptr) return false;
    const std::string_view secret = request.cookie(device_cookie::name);
    if (device_cookie::is_valid(secret) && settings_.holders->has(device_cookie::device_of(secret)))
        return true;
    return hosts_.is_cookie(request.cookie(HostAccess::cookie_name), clock_.unix_now());
}

bool Front::is_host(const socketio::Socket& socket, bool by_cookie) {
    const auto* auth = socket.auth().if_object();
    const auto* key = auth == nullptr ? nullptr : auth->if_contains("host_key");
    if (key == nullptr || !key->is_string()) return by_cookie;
    return hosts_.admits(std::string_view(key->get_string()), socket.handshake().remote_address,
                         clock_.now()) ||
           by_cookie;
}

void Front::on_connection(const socketio::SocketPointer& socket) {
    auto connection = std::make_shared<Connection>();
    connection->id = (static_cast<ConnectionId>(thread_index_) << 48U) | ++last_serial_;
    connection->socket = socket;
    const std::string_view attachment = socket->handshake().attachment;
    if (attachment.size() == 1 + connection->device.size()) {
        std::copy(attachment.begin() + 1, attachment.end(), connection->device.begin());
        connection->host = attachment.front() == host_mark;
    }
    connection->host = is_host(*socket, connection->host);
    connection->page = page_of(*socket);
    connection->address = std::hash<std::string_view>{}(socket->handshake().remote_address);
    connection->allowance = {settings_.events_burst, clock_.now()};
    connection->entered = devices_.enter(seats::short_name(connection->device), clock_.now());
    if (!connection->entered && !connection->host) {
        // Many handshakes at once, each of which came before the others had joined.
        const auto refusal =
            turned_away(limits::retry_after_most, Refusal::rate_limited, "connection_device");
        (void)socket->send(wire::packet("error", wire::error(refusal)));
        socket->disconnect(true);
        return;
    }
    socket->local_state = connection;
    socket->join(lobby);
    connections_.emplace(connection->id, connection);
    metrics_.connection_opened();
    if (!closing_ && port_.post(command_of(*connection, seats::Introduce{}), sender_of(*connection))) return;
    // Nobody is left waiting for the first word, even when the house has no time for it.
    const Milliseconds hint = with_jitter(port_.retry_after(), jitter_);
    socket->emit("connection_established", json::array{json::object{{"game_started", false},
                                                                    {"available_teams", json::array()},
                                                                    {"game_mode", "new"},
                                                                    {"connection_stable", false},
                                                                    {"retry_after_ms", hint.count()}}});
}

seats::Command Front::command_of(const Connection& connection, seats::CommandBody body) const {
    seats::Command command;
    command.connection = connection.id;
    command.device = connection.device;
    command.page = connection.page;
    command.host = connection.host;
    command.body = std::move(body);
    return command;
}

Sender Front::sender_of(const Connection& connection, std::string_view token) const {
    const std::uint64_t device = seats::short_name(connection.device);
    const SeatHolders* const holders = settings_.holders;
    const bool holds =
        connection.host || connection.seated ||
        (holders != nullptr && (holders->has(device) || (!token.empty() && holders->made_here(token))));
    if (holds) return {Standing::holder, device};
    return {Standing::stranger, connection.address};
}

Refused Front::turned_away(Milliseconds retry_after, Refusal code, std::string_view what) {
    metrics_.turned_away(what);
    return refused(code, with_jitter(std::max(retry_after, limits::retry_after_least), jitter_));
}

Milliseconds Front::too_fast_for(Connection& connection) {
    const Instant now = clock_.now();
    if (!connection.allowance.take(settings_.events_per_second, settings_.events_burst, now)) {
        metrics_.turned_away("event_connection");
        return std::max(Milliseconds{1}, connection.allowance.wait(settings_.events_per_second));
    }
    const std::uint64_t device = seats::short_name(connection.device);
    if (!connection.entered || devices_.take_event(device, now)) return Milliseconds{0};
    metrics_.turned_away("event_device");
    return std::max(Milliseconds{1}, devices_.wait(device));
}

std::optional<Milliseconds> Front::tries_are_over(const Connection& connection, std::string_view token) {
    const Instant now = clock_.now();
    const std::string_view device = bytes_of(connection.device);
    if (wrong_tokens_of_device_.over(device, now)) {
        metrics_.turned_away("token_device");
        return wrong_tokens_of_device_.wait(device, now);
    }
    // Somebody who guesses must not keep the players out who share the address.
    if (!token.empty() && settings_.holders != nullptr && settings_.holders->made_here(token))
        return std::nullopt;
    const auto socket = connection.socket.lock();
    if (!socket || !wrong_tokens_.over(socket->handshake().remote_address, now)) return std::nullopt;
    metrics_.turned_away("token_address");
    return wrong_tokens_.wait(socket->handshake().remote_address, now);
}

void Front::refuse(Connection& connection, const Refused& refusal, const socketio::RawAck& ack) {
    metrics_.event_refused(refusal.code);
    wire::Fields error = wire::error(refusal);
    if (const auto socket = connection.socket.lock()) (void)socket->send(wire::packet("error", error));
    ack.with_text(error.add("ok", false).text());
}

void Front::on_event(socketio::Socket& socket, socketio::Event& event) {
    const auto connection = std::static_pointer_cast<Connection>(socket.local_state);
    if (!connection) return;
    const auto give_up = [&](const Refused& refusal) {
        if (event.name == "reconnect_with_token") metrics_.resume_refused(refusal.code);
        refuse(*connection, refusal, event.ack);
    };
    if (closing_) return give_up(refused(Refusal::shutting_down));
    if (const Milliseconds wait = too_fast_for(*connection); wait.count() != 0) {
        const Milliseconds hint = with_jitter(std::max(wait, limits::retry_after_least), jitter_);
        return give_up(refused(Refusal::rate_limited, hint));
    }
    if (!connection->host && is_host_event(event.name)) return give_up(refused(Refusal::not_host));
    auto request = read_request(event.name, event.arguments);
    if (!request) return give_up(request.error());
    execute(connection, std::move(*request), event.ack);
}

void Front::execute(const ConnectionPointer& connection, Request request, socketio::RawAck ack) {
    std::uint64_t ticket = 0;
    auto* body = std::get_if<seats::CommandBody>(&request.body);
    const bool comes_back = body != nullptr && std::holds_alternative<seats::ReconnectWithToken>(*body);
    const auto give_up = [&](const Refused& refusal) {
        if (comes_back) metrics_.resume_refused(refusal.code);
        connection->acks.erase(ticket);
        refuse(*connection, refusal, ack);
    };
    if (ack.wanted()) {
        if (connection->acks.size() >= limits::pending_acks) return give_up(refused(Refusal::rate_limited));
        ticket = ++last_ticket_;
        connection->acks.emplace(ticket, ack);
    }
    const auto overloaded = [&](Standing standing) {
        give_up(turned_away(port_.retry_after(), Refusal::overloaded,
                            standing == Standing::holder ? "queue_holder" : "queue_stranger"));
    };
    if (body == nullptr) {
        if (!execute_host_request(connection, request, ticket)) overloaded(Standing::holder);
        return;
    }
    const bool shows_token = comes_back || std::holds_alternative<seats::MoveHere>(*body);
    const std::string_view token = token_of(*body);
    if (shows_token) {
        if (const auto wait = tries_are_over(*connection, token)) {
            const Milliseconds hint = with_jitter(std::max(*wait, limits::retry_after_least), jitter_);
            return give_up(refused(Refusal::rate_limited, hint));
        }
    }
    auto* asks = std::get_if<seats::AskForSeat>(body);
    if (asks != nullptr) {
        if (const auto socket = connection->socket.lock()) asks->address = socket->handshake().remote_address;
    }
    const Sender sender = sender_of(*connection, token);
    const bool may_seat = shows_token || asks != nullptr ||
                          std::holds_alternative<seats::CreateTeam>(*body) ||
                          std::holds_alternative<seats::JoinTeam>(*body) ||
                          std::holds_alternative<seats::ReactivateTeam>(*body);
    seats::Command command = command_of(*connection, std::move(*body));
    command.op = std::move(request.op);
    command.ticket = ticket;
    if (!port_.post(std::move(command), sender)) return overloaded(sender.standing);
    if (may_seat) connection->maybe_seated = true;
}

bool Front::execute_host_request(const ConnectionPointer& connection, const Request& request,
                                 std::uint64_t ticket) {
    const auto acknowledge = [&](wire::Fields answer) {
        acknowledge_ticket(*connection, ticket, answer.add("ok", true).text());
    };
    if (std::holds_alternative<KeepAlive>(request.body)) {
        if (const auto socket = connection->socket.lock()) {
            socket->emit("keep_alive_ack", json::array{json::object()});
        }
        acknowledge(wire::Fields());
    } else if (const auto* streaming = std::get_if<SetTeamsStreaming>(&request.body)) {
        connection->streaming = streaming->enabled;
        acknowledge(wire::Fields{{"streaming_enabled", streaming->enabled}});
    } else if (std::holds_alternative<DashboardJoin>(request.body)) {
        const bool first = !connection->on_dashboard;
        if (!port_.join_dashboard(connection->id, ticket, connection->streaming, first)) return false;
        connection->on_dashboard = true;
        if (first) dashboards_.push_back(connection);
    } else {
        return port_.send_teams(connection->id, ticket, connection->streaming);
    }
    return true;
}

void Front::acknowledge_ticket(Connection& connection, std::uint64_t ticket, std::string_view answer) {
    const auto found = connection.acks.find(ticket);
    if (found == connection.acks.end()) return;
    const socketio::RawAck ack = found->second;
    connection.acks.erase(found);
    ack.with_text(answer);
}

void Front::on_heartbeat(socketio::Socket& socket, Instant ping_sent) {
    const auto connection = std::static_pointer_cast<Connection>(socket.local_state);
    if (!connection || connection->rotation == 0 || connection->token_sent >= ping_sent || closing_) return;
    // When the house has no time the next heartbeat tells it.
    if (port_.post(command_of(*connection, seats::HeartbeatAnswered{connection->rotation}),
                   sender_of(*connection))) {
        connection->rotation = 0;
    }
}

void Front::on_disconnect(socketio::Socket& socket, DisconnectReason reason) {
    const auto connection = std::static_pointer_cast<Connection>(socket.local_state);
    if (!connection) return;
    socket.local_state.reset();
    connections_.erase(connection->id);
    if (connection->entered) devices_.leave(seats::short_name(connection->device));
    metrics_.connection_closed(to_string(reason));
    if (connection->on_dashboard) {
        std::erase(dashboards_, connection);
        port_.leave_dashboard();
    }
    if (!connection->maybe_seated || closing_) return;
    // When the queue is full the sweep for stale sessions finds the seat.
    (void)port_.post(command_of(*connection, seats::ConnectionLost{away_cause_of(reason)}),
                     sender_of(*connection));
}

void Front::hand_out(std::vector<Outgoing> items) {
    for (Outgoing& item : items) {
        if (auto* delivery = std::get_if<Delivery>(&item)) {
            deliver(*delivery);
        } else if (const auto* to_many = std::get_if<Broadcast>(&item)) {
            broadcast(*to_many);
        } else if (const auto* pictures = std::get_if<HostPictures>(&item)) {
            for (const ConnectionPointer& host : dashboards_) {
                keep(*host, host->streaming ? pictures->streaming : pictures->quiet);
                send_pictures(*host);
            }
        }
    }
}

void Front::broadcast(const Broadcast& broadcast) {
    if (broadcast.room == Room::hosts) {
        for (const ConnectionPointer& host : dashboards_) {
            if (const auto socket = host->socket.lock()) (void)socket->send(broadcast.packet);
        }
        return;
    }
    socketio::Audience audience;
    if (broadcast.room == Room::lobby) audience.rooms.emplace_back(lobby);
    server_.of("/").broadcast(audience, broadcast.packet);
}

void Front::keep(Connection& connection, const Picture& picture) {
    if (!picture.packet) return;
    switch (picture.kind) {
        case Picture::Kind::changes:
            connection.picture_of_changes = picture.packet;
            return;
        case Picture::Kind::claims:
            connection.picture_of_claims = picture.packet;
            return;
        case Picture::Kind::whole:
            connection.whole_picture = picture.packet;
            break;
    }
    // What has changed is in the whole as well.
    connection.picture_of_changes.reset();
}

/// Volatile, so only when everything before has gone out; what stays is tried again with the next tick.
void Front::send_pictures(Connection& connection) {
    // Claims before the changes of the teams, which come so often that they would always be first.
    for (auto* picture :
         {&connection.whole_picture, &connection.picture_of_claims, &connection.picture_of_changes}) {
        if (!*picture) continue;
        const auto socket = connection.socket.lock();
        if (!socket) return;
        const socketio::Audience only_this{{std::string(socket->id())}, {}};
        if (server_.of("/").broadcast(only_this, *picture, true) == 0) return;
        picture->reset();
    }
}

void Front::deliver(Delivery& delivery) {
    const auto found = connections_.find(delivery.connection);
    if (found == connections_.end()) return;
    const ConnectionPointer connection = found->second;
    const auto socket = connection->socket.lock();
    if (!socket) return;
    if (delivery.wrong_token) {
        wrong_tokens_.count(socket->handshake().remote_address, clock_.now());
        wrong_tokens_of_device_.count(bytes_of(connection->device), clock_.now());
    }
    if (delivery.seated) {
        connection->seated = *delivery.seated;
        if (!*delivery.seated) {
            socket->join(lobby);
            connection->rotation = 0;
        } else if (!connection->host) {
            socket->leave(lobby);
        }
    }
    const auto notice = [this](engineio::SendVerdict verdict) {
        if (verdict == engineio::SendVerdict::dropped) metrics_.events_dropped(1);
    };
    delivery.packets.for_each([&](std::string_view packet) { notice(socket->send_text(packet)); });
    if (delivery.shared_packet) notice(socket->send(delivery.shared_packet));
    if (delivery.rotation != 0) {
        connection->rotation = delivery.rotation;
        connection->token_sent = clock_.now();
    }
    if (delivery.ticket != 0) acknowledge_ticket(*connection, delivery.ticket, delivery.ack);
    keep(*connection, delivery.picture);
    send_pictures(*connection);
}

void Front::on_tick(Instant now) {
    server_.on_tick(now);
    for (const ConnectionPointer& host : dashboards_)
        send_pictures(*host);
}

void Front::close_doors() {
    if (std::exchange(closing_, true)) return;
    server_.of("/").broadcast({}, "server_shutdown", json::array{json::object()});
}

void Front::shut_down(Instant now) {
    close_doors();
    server_.shut_down(now);
}

std::vector<ConnectionId> Front::live_connections() const {
    std::vector<ConnectionId> live;
    live.reserve(connections_.size());
    for (const auto& [id, connection] : connections_)
        live.push_back(id);
    return live;
}

}  // namespace holdfast::server
