// The hub's side of connection state recovery; see recovery/connection_recovery.hpp.
#include <utility>

#include "holdfast/socketio/hub.hpp"
#include "holdfast/socketio/sent_event.hpp"

namespace holdfast::socketio {

using engineio::CloseReason;
using engineio::SessionId;

Result<void, RecoveryRefusal> Hub::enable_recovery(RecoverySettings settings) {
    if (settings_.adapter && !settings.shared) return failure(RecoveryRefusal::with_adapter);
    if (settings_.adapter && !settings.post) return failure(RecoveryRefusal::without_post);
    if (recovery_ || !connections_.empty()) return failure(RecoveryRefusal::too_late);
    auto recovery =
        std::make_unique<ConnectionRecovery>(std::move(settings), random_, *output_, settings_.log);
    recovery->report_to(
        {[this] { on_recovery_kept(); }, [this](std::string_view why) { on_recovery_failed(why); },
         [this](std::vector<RecoveryDelivery> deliveries) { take_deliveries(std::move(deliveries)); },
         [this] { on_recovery_wake(); }, [this](SessionNumber session) { let_go(session); }});
    if (!recovery->load()) return failure(RecoveryRefusal::log_unavailable);
    recovery_ = std::move(recovery);
    output_ = &recovery_->outbox();
    return {};
}

void Hub::on_recovery_kept() {
    // A log in memory reports from inside emit; nothing is held then, and no code of the application runs.
    if (!recovery_ || !recovery_->outbox().due()) return;
    const Entry entry(*this);
    const Sending sending(*this);
    // What is sent again and the reply to CONNECT must not lie in different answers to a polling client.
    output_->together([this] { recovery_->outbox().release(); });
}

void Hub::on_recovery_failed(std::string_view why) {
    if (!recovery_ || !recovery_->up()) return;
    const Entry entry(*this);
    {
        const Sending sending(*this);
        recovery_->go_down(why);
    }
    while (!connections_.empty()) {
        end_connection(connections_.begin()->first, DisconnectReason::forced_close,
                       CloseReason::forced_close);
    }
    recovery_->has_nobody();
}

void Hub::tick_recovery(Instant now) {
    recovery_->on_tick(now);
    on_recovery_kept();
    if (recovery_->up() && recovery_->outbox().overflown()) {
        recovery_->fail("the disk is too slow: more waits for it than may");
    }
    if (recovery_->retry_due(now) && connections_.empty()) recovery_->load();
}

void Hub::on_recovery_wake() {
    if (!recovery_) return;
    const Entry entry(*this);
    recovery_->awake();
    for (const auto& [socket, shown] : std::exchange(to_be_told_, {})) {
        if (!socket->connected()) continue;
        if (const auto sent = read_sent_event(*shown)) socket->tell_outgoing(sent->event);
    }
}

void Hub::take_deliveries(std::vector<RecoveryDelivery> deliveries) {
    for (const auto& delivery : deliveries) {
        if (auto* const nsp = namespaces_.find(delivery.nsp)) nsp->take(delivery);
    }
}

void Hub::let_go(SessionNumber session) {
    const Entry entry(*this);
    if (auto* const holder = recovery_->holder_here(session)) {
        end_connection(holder->session(), DisconnectReason::transport_close, CloseReason::forced_close);
    }
}

void Hub::wait_for_holder(const std::shared_ptr<SocketState>& socket,
                          const ConnectionRecovery::Holder& holder) {
    // The other server answers soon, unless it is in trouble.
    auto* const connection = find(socket->session());
    connection->connect_timer =
        timers_.add(settings_.connect_timeout, {TimerKind::connect, socket->session(), nullptr, 0});
    recovery_->fence(holder, [this, socket] {
        const Entry entry(*this);
        accept(socket);
    });
}

void Hub::welcome_back(const std::shared_ptr<SocketState>& socket) {
    const bool has_claim = recovery_->has_claim(*socket);
    auto& nsp = socket->namespace_state();
    ConnectionRecovery::Welcome welcome;
    const auto let_in = [&](ConnectionRecovery::Welcome& how) {
        welcome = std::move(how);
        socket->set_recovery(welcome.session, welcome.outcome);
        socket->accept();
    };
    while (const auto holder = recovery_->welcome(*socket, nsp.name(), socket->id(), let_in)) {
        if (holder->here == nullptr) {
            wait_for_holder(socket, *holder);
            return;
        }
        end_connection(holder->here->session(), DisconnectReason::transport_close, CloseReason::forced_close);
        // The application may have done anything meanwhile.
        if (find(socket->session()) == nullptr || !socket->connecting()) return;
    }
    if (!socket->connected()) return;  // the log is down
    ++counters_.connects;
    if (welcome.outcome == Recovery::complete) ++counters_.recoveries_complete;
    if (welcome.outcome == Recovery::gap) ++counters_.recoveries_with_gap;
    if (welcome.outcome == Recovery::none && has_claim) ++counters_.recoveries_unknown;
    json::object reply{{"sid", socket->id()}};
    if (welcome.session != nullptr) reply["pid"] = welcome.pid;
    if (has_claim) reply["recovery"] = to_string(welcome.outcome);
    Packet packet;
    packet.type = PacketType::connect;
    packet.nsp = nsp.name();
    packet.data = std::move(reply);
    output_->together([&] {
        for (const auto& missed : welcome.missed)
            send(socket->session(), missed, false);
        send(socket->session(), std::make_shared<const engineio::OutgoingMessage>(encode_packet(packet)),
             false);
    });
    nsp.announce(socket);
}

}  // namespace holdfast::socketio
