#include "holdfast/socketio/recovery/session_keeper.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "holdfast/socketio/recovery/offset.hpp"

namespace holdfast::socketio {

std::size_t SessionKeeper::HashOfDigest::operator()(const Digest& digest) const {
    std::size_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof(hash));
    return hash;
}

SessionKeeper::SessionKeeper(RecoveryLog& log, const RecoveryLimits& limits)
    : log_(log), limits_(limits), events_(limits) {}

void SessionKeeper::load(RecoveryImage image) {
    sessions_.clear();
    by_pid_.clear();
    away_.clear();
    log_id_ = image.log_id;
    position_ = image.position;
    last_number_ = image.last_session;
    events_.load(image);
    for (auto& one : image.sessions) {
        auto session = std::make_unique<RecoverySession>();
        session->number = one.number;
        session->pid_digest = one.pid_digest;
        session->previous_digest = one.previous_digest;
        session->sid = std::move(one.sid);
        session->nsp = std::move(one.nsp);
        session->begun = one.begun;
        session->floor = one.floor;
        session->rooms = RoomHistory(std::move(one.rooms));
        session->data = std::move(one.data);
        auto& kept = *session;
        by_pid_.emplace(kept.pid_digest, &kept);
        if (kept.previous_digest != Digest{}) by_pid_.emplace(kept.previous_digest, &kept);
        sessions_.emplace(kept.number, std::move(session));
        let_go(kept);
    }
}

void SessionKeeper::write(decltype(RecoveryRecord::what) what) {
    log_.append({++position_, std::move(what)});
}

RecoverySession* SessionKeeper::begin(std::string_view nsp, std::string_view sid, const Digest& pid_digest) {
    if (sessions_.size() >= limits_.sessions) {
        if (away_.empty()) return nullptr;
        end(*away_.begin()->second.session);
    }
    auto session = std::make_unique<RecoverySession>();
    session->number = ++last_number_;
    session->pid_digest = pid_digest;
    session->sid = sid;
    session->nsp = nsp;
    write(records::SessionBegun{session->number, pid_digest, session->sid, session->nsp});
    session->begun = position_;
    auto* const begun = session.get();
    by_pid_.insert_or_assign(pid_digest, begun);
    sessions_.emplace(begun->number, std::move(session));
    return begun;
}

RecoverySession* SessionKeeper::find(std::string_view nsp, const Digest& pid_digest) {
    const auto found = by_pid_.find(pid_digest);
    return found == by_pid_.end() || found->second->nsp != nsp ? nullptr : found->second;
}

RecoverySession* SessionKeeper::find(SessionNumber number) {
    const auto found = sessions_.find(number);
    return found == sessions_.end() ? nullptr : found->second.get();
}

void SessionKeeper::let_go_all_of(const void* home) {
    for (const auto& [number, session] : sessions_) {
        if (session->holder != nullptr && session->home == home) let_go(*session);
    }
}

void SessionKeeper::take(RecoverySession& session, void* holder, const void* home) {
    session.holder = holder;
    session.home = home;
    away_.erase(std::exchange(session.away_id, 0));
}

void SessionKeeper::let_go(RecoverySession& session) {
    session.holder = nullptr;
    if (session.away_id != 0) return;
    session.away_id = ++last_away_;
    away_.emplace(session.away_id, Away{&session, std::nullopt});
}

void SessionKeeper::end(RecoverySession& session) {
    write(records::SessionEnded{session.number});
    events_.forget_room(session.nsp, session.sid);
    away_.erase(session.away_id);
    by_pid_.erase(session.pid_digest);
    by_pid_.erase(session.previous_digest);
    sessions_.erase(session.number);
}

std::optional<std::vector<engineio::MessagePointer>> SessionKeeper::missed(
    const RecoverySession& session, std::optional<std::string_view> offset) const {
    LogPosition from = session.begun;
    if (offset) {
        const auto read = read_offset(*offset);
        if (!read) return std::nullopt;
        // A client keeps the offset of an earlier session, maybe of another log, until it receives an event
        // in this one; so an old offset means that it has received nothing yet.
        if (read->log_id == log_id_) {
            if (read->position > position_) return std::nullopt;
            from = std::max(from, read->position);
        }
    }
    if (from < session.floor) return std::nullopt;
    const auto found = events_.missed({session.nsp, session.sid, session.begun, session.rooms}, from);
    if (!found) return std::nullopt;
    std::vector<engineio::MessagePointer> packets;
    std::size_t bytes = 0;
    for (const auto* event : *found) {
        bytes += event->packet->size_bytes();
        if (bytes > limits_.replay_bytes) return std::nullopt;
        packets.push_back(event->packet);
    }
    return packets;
}

void SessionKeeper::renew(RecoverySession& session, const Digest& pid_digest, const Digest& presented) {
    const Digest previous = presented;  // may be a part of what changes
    write(records::SessionRenewed{session.number, pid_digest, previous});
    by_pid_.erase(session.pid_digest);
    by_pid_.erase(session.previous_digest);
    by_pid_.insert_or_assign(pid_digest, &session);
    by_pid_.insert_or_assign(previous, &session);
    session.pid_digest = pid_digest;
    session.previous_digest = previous;
    session.begun = position_;
    session.floor = 0;
    session.rooms.forget_left();
}

void SessionKeeper::join(RecoverySession& session, std::string_view room, LogPosition since) {
    if (room == session.sid || !session.rooms.join(room, since != 0 ? since : position_ + 1)) return;
    write(records::RoomJoined{session.number, std::string(room), since});
    while (auto forgotten = session.rooms.forget_one(limits_.room_spans)) {
        session.floor = std::max(session.floor, forgotten->left);
        write(records::SpanForgotten{session.number, std::move(*forgotten)});
    }
}

void SessionKeeper::leave(RecoverySession& session, std::string_view room, LogPosition since) {
    const LogPosition left = since != 0 ? since + 1 : 0;
    if (!session.rooms.leave(room, left != 0 ? left : position_ + 1)) return;
    write(records::RoomLeft{session.number, std::string(room), left});
}

bool SessionKeeper::set_data(RecoverySession& session, std::string data) {
    if (data.size() > limits_.data_bytes) return false;
    if (data == session.data) return true;
    session.data = std::move(data);
    write(records::DataSet{session.number, session.data});
    return true;
}

engineio::MessagePointer SessionKeeper::record(std::string_view nsp, const EventTarget& target,
                                               const engineio::MessagePointer& packet) {
    if (!packet->has_text() || !event_elements(packet->text())) return packet;
    auto sent = with_offset(*packet, write_offset(log_id_, position_ + 1));
    write(records::EventEmitted{std::string(nsp), target.rooms, target.except, sent});
    events_.append({position_, std::string(nsp), target.rooms, target.except, sent});
    if (auto trimmed = events_.trim()) write(std::move(*trimmed));
    return sent;
}

engineio::MessagePointer SessionKeeper::mark(const engineio::MessagePointer& packet) const {
    if (!packet->has_text() || !event_elements(packet->text()) || !ends_with_string(packet->text())) {
        return packet;
    }
    return with_offset(*packet, write_offset(log_id_, position_));
}

void SessionKeeper::sweep(Instant now) {
    while (!away_.empty()) {
        auto& [id, first] = *away_.begin();
        if (!first.deadline || *first.deadline > now) break;
        end(*first.session);
    }
    // Those that left since the last sweep are at the end.
    for (auto at = away_.rbegin(); at != away_.rend() && !at->second.deadline; ++at) {
        at->second.deadline = now + limits_.window;
    }
}

}  // namespace holdfast::socketio
