#include "holdfast/socketio/recovery/connection_recovery.hpp"

#include <utility>

#include "holdfast/socketio/socket_state.hpp"

namespace holdfast::socketio {
namespace {

// 192 bits, 32 characters.
constexpr std::size_t pid_bytes = 24;

std::optional<json::value> take_member(json::object& object, std::string_view name) {
    auto* const found = object.if_contains(name);
    if (found == nullptr) return std::nullopt;
    auto value = std::move(*found);
    object.erase(name);
    return value;
}

}  // namespace

std::string_view to_string(Recovery recovery) {
    switch (recovery) {
        case Recovery::none:
            return "none";
        case Recovery::complete:
            return "complete";
        case Recovery::gap:
            return "gap";
    }
    return "none";
}

std::string_view to_string(RecoveryRefusal refusal) {
    switch (refusal) {
        case RecoveryRefusal::with_adapter:
            return "recovery of servers that are joined needs one log that they share, and this has its own";
        case RecoveryRefusal::without_post:
            return "servers that share what is kept for recovery need a way to each other's threads";
        case RecoveryRefusal::too_late:
            return "recovery has to be turned on once, before the first client comes";
        case RecoveryRefusal::log_unavailable:
            return "what is kept for recovery cannot be read";
    }
    return "unknown";
}

SharedRecovery::SharedRecovery(std::unique_ptr<RecoveryLog> log, const RecoveryLimits& limits,
                               std::unique_ptr<Exclusion> order, std::unique_ptr<Exclusion> members)
    : ledger_(
          std::make_shared<RecoveryLedger>(std::move(log), limits, std::move(order), std::move(members))) {}
SharedRecovery::~SharedRecovery() = default;

bool SharedRecovery::load(Log* log) {
    return ledger_->load(log);
}

ConnectionRecovery::ConnectionRecovery(RecoverySettings settings, Random& random, SessionOutput& below,
                                       Log* log)
    : settings_(std::move(settings)),
      random_(random),
      log_(log),
      ledger_(settings_.shared ? settings_.shared->ledger()
                               : std::make_shared<RecoveryLedger>(std::move(settings_.log), settings_.limits,
                                                                  nullptr, nullptr)),
      outbox_(below, ledger_->limits().held_bytes, ledger_->progress(), member_->holding,
              [member = member_.get()] { RecoveryLedger::tell_kept(member->shared_from_this()); }) {
    member_->post = settings_.post;
    ledger_->add(member_);
}

ConnectionRecovery::~ConnectionRecovery() {
    ledger_->remove(member_);
}

bool ConnectionRecovery::load() {
    retry_at_ = now_ + limits::recovery_retry_time;
    if (!ledger_->load(log_, member_.get())) return false;
    outbox_.open();
    up_ = true;
    return true;
}

void ConnectionRecovery::go_down(std::string_view why) {
    up_ = false;
    retry_at_ = now_ + limits::recovery_retry_time;
    outbox_.shut();
    if (log_ != nullptr) log_->write(LogLevel::error, "recovery_log_failed", {{"why", why}});
}

void ConnectionRecovery::on_tick(Instant now) {
    now_ = now;
    outbox_.on_tick(now);
    in_order([&](SessionKeeper& keeper) { keeper.sweep(now); });
}

void ConnectionRecovery::take_claim(SocketState& socket) {
    auto* const object = socket.own_auth().if_object();
    if (object == nullptr) return;
    const auto pid = take_member(*object, "pid");
    const auto offset = take_member(*object, "offset");
    if (!pid || !pid->is_string()) return;
    Claim claim;
    claim.pid = std::string(pid->get_string());
    claim.pid_digest = sha256(claim.pid);
    // What is no string is no position either: an offset that cannot be read.
    if (offset && offset->is_string()) claim.offset = std::string(offset->get_string());
    if (offset && !offset->is_string() && !offset->is_null()) claim.offset = std::string();
    claims_.insert_or_assign(&socket, std::move(claim));
}

bool ConnectionRecovery::claims_session(const SocketState& socket, std::string_view nsp) {
    const auto claim = claims_.find(&socket);
    if (claim == claims_.end()) return false;
    bool found = false;
    in_order([&](SessionKeeper& keeper) { found = keeper.find(nsp, claim->second.pid_digest) != nullptr; });
    return found;
}

std::optional<ConnectionRecovery::Holder> ConnectionRecovery::welcome(SocketState& socket,
                                                                      std::string_view nsp,
                                                                      std::string_view new_sid,
                                                                      const LetIn& let_in) {
    std::optional<Holder> held;
    in_order([&](SessionKeeper& keeper) {
        const auto claim = claims_.find(&socket);
        Welcome welcome;
        if (claim != claims_.end()) welcome.session = keeper.find(nsp, claim->second.pid_digest);
        if (welcome.session != nullptr && welcome.session->holder != nullptr) {
            auto* const holder = static_cast<SocketState*>(welcome.session->holder);
            const bool here = welcome.session->home == member_.get();
            held = Holder{welcome.session->number, here ? holder : nullptr,
                          here ? nullptr : ledger_->find(welcome.session->home)};
            return;
        }
        if (welcome.session == nullptr) {
            welcome.pid = random_.base64url(pid_bytes);
            welcome.session = keeper.begin(nsp, new_sid, sha256(welcome.pid));
        } else {
            std::optional<std::vector<engineio::MessagePointer>> missed;
            if (claim->second.pid_digest == welcome.session->pid_digest) {
                missed = keeper.missed(*welcome.session, claim->second.offset);
            }
            if (missed) {
                welcome.outcome = Recovery::complete;
                welcome.pid = claim->second.pid;
                welcome.missed = std::move(*missed);
            } else {
                welcome.outcome = Recovery::gap;
                welcome.pid = random_.base64url(pid_bytes);
                keeper.renew(*welcome.session, sha256(welcome.pid), claim->second.pid_digest);
            }
        }
        drop_claim(socket);
        if (welcome.session != nullptr) keeper.take(*welcome.session, &socket, member_.get());
        let_in(welcome);
    });
    return held;
}

void ConnectionRecovery::fence(const Holder& holder, std::function<void()> then) {
    auto answer = [member = member_, then = std::move(then)] {
        member->post([member, then] {
            if (!member->gone) then();
        });
    };
    // A server that has gone holds nobody.
    if (!holder.elsewhere) {
        answer();
        return;
    }
    holder.elsewhere->post([other = holder.elsewhere, number = holder.number, answer = std::move(answer)] {
        if (!other->gone) other->calls.let_go(number);
        answer();
    });
}

SocketState* ConnectionRecovery::holder_here(SessionNumber number) {
    SocketState* holder = nullptr;
    in_order([&](SessionKeeper& keeper) {
        const auto* const session = keeper.find(number);
        if (session == nullptr || session->home != member_.get()) return;
        holder = static_cast<SocketState*>(session->holder);
    });
    return holder;
}

bool ConnectionRecovery::join(RecoverySession& session, std::string_view room, LogPosition since,
                              const std::function<bool()>& change) {
    bool changed = false;
    const bool ran = in_order([&](SessionKeeper& keeper) {
        changed = change();
        if (changed) keeper.join(session, room, since);
    });
    return ran ? changed : change();
}

void ConnectionRecovery::leave(RecoverySession& session, std::string_view room, LogPosition since,
                               const std::function<void()>& change) {
    const bool ran = in_order([&](SessionKeeper& keeper) {
        change();
        keeper.leave(session, room, since);
    });
    if (!ran) change();
}

bool ConnectionRecovery::set_data(RecoverySession& session, std::string data) {
    bool fits = true;
    in_order([&](SessionKeeper& keeper) {
        fits = keeper.set_data(session, std::move(data));
        if (!fits) keeper.end(session);
    });
    if (!fits && log_ != nullptr) log_->write(LogLevel::warning, "recovery_data_too_large", {});
    return fits;
}

void ConnectionRecovery::gone(RecoverySession& session, bool for_good) {
    in_order([&](SessionKeeper& keeper) {
        if (for_good) {
            keeper.end(session);
        } else {
            keeper.let_go(session);
        }
    });
}

engineio::MessagePointer ConnectionRecovery::event(std::string_view nsp, const EventTarget& target,
                                                   const engineio::MessagePointer& packet) {
    engineio::MessagePointer sent;
    in_order([&](SessionKeeper& keeper) {
        sent = keeper.session_count() == 0 ? packet : keeper.record(nsp, target, packet);
    });
    return sent;
}

engineio::MessagePointer ConnectionRecovery::mark(const engineio::MessagePointer& packet) {
    engineio::MessagePointer sent;
    in_order(
        [&](SessionKeeper& keeper) { sent = keeper.session_count() == 0 ? packet : keeper.mark(packet); });
    return sent;
}

engineio::MessagePointer ConnectionRecovery::broadcast(std::string_view nsp, const Audience& audience,
                                                       const engineio::MessagePointer& packet) {
    engineio::MessagePointer sent;
    in_order([&](SessionKeeper& keeper) {
        sent = keeper.session_count() == 0 ? packet
                                           : keeper.record(nsp, {audience.rooms, audience.except}, packet);
        ledger_->to_others(*member_,
                           {RecoveryDelivery::Kind::event, 0, std::string(nsp), audience, sent, packet, {}});
    });
    return sent;
}

void ConnectionRecovery::move_others(RecoveryDelivery::Kind kind, std::string_view nsp,
                                     const Audience& audience, std::string_view room) {
    in_order([&](SessionKeeper& keeper) {
        ledger_->to_others(*member_, {kind, keeper.position(), std::string(nsp), audience, nullptr, nullptr,
                                      std::string(room)});
    });
}

}  // namespace holdfast::socketio
