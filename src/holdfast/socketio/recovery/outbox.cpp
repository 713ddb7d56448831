#include "holdfast/socketio/recovery/outbox.hpp"

#include <algorithm>
#include <utility>

namespace holdfast::socketio {
namespace {

// A ping is answered within the ping time-out or not at all; this covers 20 s and more of remembered moments.
constexpr std::size_t most_moments = 256;
constexpr Milliseconds between_moments{100};

}  // namespace

engineio::SendVerdict Outbox::send(engineio::SessionId session, const engineio::MessagePointer& message,
                                   bool is_volatile) {
    if (shut_ || overflown_) return engineio::SendVerdict::dropped;
    if (!must_hold()) return below_.send(session, message, is_volatile);
    held_bytes_ += message->size_bytes() + sizeof(Held);
    if (held_bytes_ > most_bytes_) {
        overflown_ = true;
        return engineio::SendVerdict::dropped;
    }
    hold({progress_.written, session, message, is_volatile, {}, now_});
    return engineio::SendVerdict::queued;
}

void Outbox::close(engineio::SessionId session, engineio::CloseReason reason) {
    if (shut_ || overflown_ || !must_hold()) {
        below_.close(session, reason);
        return;
    }
    hold({progress_.written, session, nullptr, false, reason, now_});
}

void Outbox::hold(Held held) {
    held_.push_back(std::move(held));
    if (!holding_.exchange(true) && due()) late_();
}

void Outbox::release() {
    while (due()) {
        const auto one = std::move(held_.front());
        held_.pop_front();
        if (one.message == nullptr) {
            below_.close(one.session, one.reason);
            continue;
        }
        held_bytes_ -= one.message->size_bytes() + sizeof(Held);
        below_.send(one.session, one.message, one.is_volatile);
    }
    if (held_.empty()) holding_ = false;
}

void Outbox::shut() {
    shut_ = true;
    holding_ = false;
    held_bytes_ = 0;
    for (const auto& one : std::exchange(held_, {})) {
        if (one.message == nullptr) below_.close(one.session, one.reason);
    }
}

void Outbox::open() {
    shut_ = false;
    overflown_ = false;
}

std::optional<Instant> Outbox::handed_over_before(Instant ping_sent) const {
    if (moments_.empty() || ping_sent < moments_.front().at) return std::nullopt;
    const auto after = std::upper_bound(moments_.begin(), moments_.end(), ping_sent,
                                        [](Instant time, const Moment& one) { return time < one.at; });
    return std::prev(after)->handed_over_before;
}

void Outbox::on_tick(Instant now) {
    now_ = now;
    if (!moments_.empty() && now - moments_.back().at < between_moments) return;
    moments_.push_back({now, held_.empty() ? now : held_.front().emitted_after});
    if (moments_.size() > most_moments) moments_.pop_front();
}

}  // namespace holdfast::socketio
