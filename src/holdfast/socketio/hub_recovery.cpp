// The hub's side of connection state recovery; see recovery/connection_recovery.hpp.
#include <utility>

#include "holdfast/socketio/hub.hpp"

namespace holdfast::socketio {

using engineio::CloseReason;
using engineio::SessionId;

Result<void, RecoveryRefusal> Hub::enable_recovery(RecoverySettings settings) {
    if (settings_.adapter) return failure(RecoveryRefusal::with_adapter);
    if (recovery_ || !connections_.empty()) return failure(RecoveryRefusal::too_late);
    auto recovery =
        std::make_unique<ConnectionRecovery>(std::move(settings), random_, *output_, settings_.log);
    recovery->report_to({[this](LogPosition position) { on_recovery_kept(position); },
                         [this](const RecoveryLogError& error) { on_recovery_failed(error.message); }});
    if (!recovery->load()) return failure(RecoveryRefusal::log_unavailable);
    recovery_ = std::move(recovery);
    output_ = &recovery_->outbox();
    return {};
}

void Hub::on_recovery_kept(LogPosition position) {
    // A log in memory reports from inside emit; nothing is held then, and no code of the application runs.
    if (!recovery_ || !recovery_->outbox().kept(position)) return;
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
}

void Hub::tick_recovery(Instant now) {
    recovery_->on_tick(now);
    if (recovery_->up() && recovery_->outbox().overflown()) {
        on_recovery_failed("the disk is too slow: more waits for it than may");
    }
    if (recovery_->retry_due(now) && connections_.empty()) recovery_->load();
}

void Hub::close_holder(SocketState& socket) {
    const auto nsp = socket.namespace_state().name();
    const auto* session = recovery_->claimed(socket, nsp);
    while (session != nullptr && session->holder != nullptr) {
        const auto old = static_cast<const SocketState*>(session->holder)->session();
        end_connection(old, DisconnectReason::transport_close, CloseReason::forced_close);
        session = recovery_->claimed(socket, nsp);  // the application may have done anything meanwhile
    }
}

void Hub::welcome_back(const std::shared_ptr<SocketState>& socket) {
    const bool has_claim = recovery_->has_claim(*socket);
    close_holder(*socket);
    if (find(socket->session()) == nullptr || !socket->connecting() || !recovery_->up()) return;
    auto& nsp = socket->namespace_state();
    const auto welcome = recovery_->welcome(*socket, nsp.name(), socket->id());
    ++counters_.connects;
    if (welcome.outcome == Recovery::complete) ++counters_.recoveries_complete;
    if (welcome.outcome == Recovery::gap) ++counters_.recoveries_with_gap;
    if (welcome.outcome == Recovery::none && has_claim) ++counters_.recoveries_unknown;
    socket->set_recovery(welcome.session, welcome.outcome);
    socket->accept();
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
