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
            return "recovery works on a server that stands alone, and this one has an adapter";
        case RecoveryRefusal::too_late:
            return "recovery has to be turned on once, before the first client comes";
        case RecoveryRefusal::log_unavailable:
            return "what is kept for recovery cannot be read";
    }
    return "unknown";
}

ConnectionRecovery::ConnectionRecovery(RecoverySettings settings, Random& random, SessionOutput& below,
                                       Log* log)
    : settings_(std::move(settings)),
      random_(random),
      log_(log),
      outbox_(below, settings_.limits.held_bytes),
      keeper_(*settings_.log, settings_.limits) {}

void ConnectionRecovery::report_to(Reports reports) {
    auto shared = std::make_shared<const Reports>(std::move(reports));
    if (!settings_.post) {
        settings_.log->report_to(shared->kept, shared->failed);
        return;
    }
    const auto post_if_alive = [post = settings_.post,
                                weak = std::weak_ptr<Alive>(alive_)](std::function<void()> function) {
        post([weak, function = std::move(function)] {
            if (!weak.expired()) function();
        });
    };
    settings_.log->report_to(
        [shared, post_if_alive](LogPosition position) {
            post_if_alive([shared, position] { shared->kept(position); });
        },
        [shared, post_if_alive](RecoveryLogError error) {
            post_if_alive([shared, error = std::move(error)] { shared->failed(error); });
        });
}

bool ConnectionRecovery::load() {
    retry_at_ = now_ + limits::recovery_retry_time;
    auto image = settings_.log->load();
    if (!image) {
        if (log_ != nullptr) {
            log_->write(LogLevel::error, "recovery_log_unavailable", {{"why", image.error().message}});
        }
        return false;
    }
    if (log_ != nullptr) {
        log_->write(LogLevel::info, "recovery_log_loaded",
                    {{"sessions", static_cast<std::int64_t>(image->sessions.size())},
                     {"events", static_cast<std::int64_t>(image->events.size())}});
    }
    keeper_.load(std::move(*image));
    outbox_.open(keeper_.position());
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
    if (!up_) return;
    keeper_.sweep(now);
    depend();
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

RecoverySession* ConnectionRecovery::claimed(const SocketState& socket, std::string_view nsp) {
    const auto claim = claims_.find(&socket);
    return claim == claims_.end() ? nullptr : keeper_.find(nsp, claim->second.pid_digest);
}

ConnectionRecovery::Welcome ConnectionRecovery::welcome(SocketState& socket, std::string_view nsp,
                                                        std::string_view new_sid) {
    Welcome welcome;
    welcome.session = claimed(socket, nsp);
    if (welcome.session != nullptr && welcome.session->holder != nullptr) welcome.session = nullptr;
    if (welcome.session != nullptr) {
        auto claim = std::move(claims_.find(&socket)->second);
        std::optional<std::vector<engineio::MessagePointer>> missed;
        if (claim.pid_digest == welcome.session->pid_digest) {
            missed = keeper_.missed(*welcome.session, claim.offset);
        }
        if (missed) {
            welcome.outcome = Recovery::complete;
            welcome.pid = std::move(claim.pid);
            welcome.missed = std::move(*missed);
        } else {
            welcome.outcome = Recovery::gap;
            welcome.pid = random_.base64url(pid_bytes);
            keeper_.renew(*welcome.session, sha256(welcome.pid), claim.pid_digest);
        }
    } else {
        welcome.pid = random_.base64url(pid_bytes);
        welcome.session = keeper_.begin(nsp, new_sid, sha256(welcome.pid));
    }
    drop_claim(socket);
    if (welcome.session != nullptr) keeper_.take(*welcome.session, &socket);
    depend();
    return welcome;
}

void ConnectionRecovery::joined(RecoverySession& session, std::string_view room) {
    if (!up_) return;
    keeper_.join(session, room);
    depend();
}

void ConnectionRecovery::left(RecoverySession& session, std::string_view room) {
    if (!up_) return;
    keeper_.leave(session, room);
    depend();
}

bool ConnectionRecovery::set_data(RecoverySession& session, std::string data) {
    if (!up_) return true;
    const bool fits = keeper_.set_data(session, std::move(data));
    if (!fits) {
        keeper_.end(session);
        if (log_ != nullptr) log_->write(LogLevel::warning, "recovery_data_too_large", {});
    }
    depend();
    return fits;
}

void ConnectionRecovery::gone(RecoverySession& session, bool for_good) {
    if (!up_) return;
    if (for_good) {
        keeper_.end(session);
    } else {
        keeper_.let_go(session);
    }
    depend();
}

engineio::MessagePointer ConnectionRecovery::event(std::string_view nsp, const EventTarget& target,
                                                   const engineio::MessagePointer& packet, bool is_volatile) {
    if (!up_ || keeper_.session_count() == 0) return packet;
    auto sent = is_volatile ? keeper_.mark(packet) : keeper_.record(nsp, target, packet);
    depend();
    return sent;
}

}  // namespace holdfast::socketio
