#include "holdfast/socketio/recovery/image.hpp"

#include <algorithm>
#include <utility>

#include "holdfast/socketio/recovery/room_history.hpp"

namespace holdfast::socketio {
namespace {

class Applying {
  public:
    Applying(RecoveryImage& image, LogPosition position) : image_(image), position_(position) {}

    void operator()(const records::SessionBegun& what) {
        image_.last_session = std::max(image_.last_session, what.number);
        image_.sessions.push_back(
            {what.number, what.pid_digest, {}, what.sid, what.nsp, position_, 0, {}, {}});
    }
    void operator()(const records::SessionRenewed& what) {
        if (auto* const session = find(what.number)) {
            session->pid_digest = what.pid_digest;
            session->previous_digest = what.previous_digest;
            session->begun = position_;
            session->floor = 0;
            change_rooms(*session, [](RoomHistory& rooms) { rooms.forget_left(); });
        }
    }
    void operator()(const records::SessionEnded& what) {
        const auto* const session = find(what.number);
        if (session == nullptr) return;
        std::erase_if(image_.notes, [&](const TrimNote& note) {
            return !note.everybody && note.nsp == session->nsp && note.room == session->sid;
        });
        std::erase_if(image_.sessions, [&](const RecordedSession& one) { return one.number == what.number; });
    }
    void operator()(const records::RoomJoined& what) {
        if (auto* const session = find(what.number)) {
            change_rooms(*session, [&](RoomHistory& rooms) {
                rooms.join(what.room, what.since != 0 ? what.since : position_);
            });
        }
    }
    void operator()(const records::RoomLeft& what) {
        if (auto* const session = find(what.number)) {
            change_rooms(*session, [&](RoomHistory& rooms) {
                rooms.leave(what.room, what.since != 0 ? what.since : position_);
            });
        }
    }
    void operator()(const records::SpanForgotten& what) {
        if (auto* const session = find(what.number)) {
            change_rooms(*session, [&](RoomHistory& rooms) { rooms.forget(what.span); });
            session->floor = std::max(session->floor, what.span.left);
        }
    }
    void operator()(const records::DataSet& what) {
        if (auto* const session = find(what.number)) session->data = what.data;
    }
    void operator()(const records::EventEmitted& what) {
        image_.events.push_back({position_, what.nsp, what.rooms, what.except, what.packet});
    }
    void operator()(const records::Trimmed& what) {
        std::erase_if(image_.events,
                      [&](const RecordedEvent& event) { return event.position <= what.up_to; });
        image_.trimmed_up_to = what.up_to;
        if (what.floor != 0) {
            image_.floor = what.floor;
            image_.notes.clear();
        }
        for (const auto& note : what.notes) {
            const auto same =
                std::find_if(image_.notes.begin(), image_.notes.end(), [&](const TrimNote& one) {
                    return one.nsp == note.nsp && one.room == note.room && one.everybody == note.everybody;
                });
            if (same == image_.notes.end()) {
                image_.notes.push_back(note);
            } else {
                *same = note;
            }
        }
    }

  private:
    RecordedSession* find(SessionNumber number) {
        const auto found = std::find_if(image_.sessions.begin(), image_.sessions.end(),
                                        [&](const RecordedSession& one) { return one.number == number; });
        return found == image_.sessions.end() ? nullptr : &*found;
    }
    template <typename Change>
    static void change_rooms(RecordedSession& session, const Change& change) {
        RoomHistory rooms(std::move(session.rooms));
        change(rooms);
        session.rooms = rooms.spans();
    }

    RecoveryImage& image_;
    LogPosition position_;
};

}  // namespace

void apply(RecoveryImage& image, const RecoveryRecord& record) {
    std::visit(Applying(image, record.position), record.what);
    image.position = record.position;
}

}  // namespace holdfast::socketio
