#include "holdfast/socketio/recovery/event_log.hpp"

#include <algorithm>

namespace holdfast::socketio {
namespace {

// Names of namespaces hold no control characters, so these keys are unambiguous.
std::string everybody_in(std::string_view nsp) {
    return std::string(nsp) + '\x01';
}
std::string room_in(std::string_view nsp, std::string_view room) {
    std::string key(nsp);
    key += '\x02';
    key += room;
    return key;
}

std::vector<std::string> keys_of(const RecordedEvent& event) {
    if (event.rooms.empty()) return {everybody_in(event.nsp)};
    std::vector<std::string> keys;
    for (const auto& room : event.rooms)
        keys.push_back(room_in(event.nsp, room));
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
}

std::string key_of(const TrimNote& note) {
    return note.everybody ? everybody_in(note.nsp) : room_in(note.nsp, note.room);
}

TrimNote note_for(const std::string& key) {
    TrimNote note;
    const auto mark = key.find_first_of("\x01\x02");
    note.nsp = key.substr(0, mark);
    note.everybody = key[mark] == '\x01';
    note.room = key.substr(mark + 1);
    return note;
}

std::size_t bytes_of_event(const RecordedEvent& event) {
    std::size_t bytes = sizeof(RecordedEvent) + event.packet->size_bytes();
    for (const auto& name : event.rooms)
        bytes += name.size() + sizeof(name);
    for (const auto& name : event.except)
        bytes += name.size() + sizeof(name);
    return bytes;
}

}  // namespace

void add_to_note(TrimNote& note, LogPosition position, const std::vector<std::string>& except) {
    const std::string only = except.size() == 1 ? except.front() : std::string();
    if (note.last != 0 && only != note.except) note.last_other = note.last;
    // Two events that both left out several rooms, or nobody, look alike; that errs toward a gap.
    note.last = position;
    note.except = only;
}

void EventLog::load(const RecoveryImage& image) {
    events_.clear();
    places_.clear();
    first_ordinal_ = 0;
    bytes_ = 0;
    notes_ = image.notes.size();
    trimmed_up_to_ = image.trimmed_up_to;
    floor_ = image.floor;
    for (const auto& note : image.notes)
        places_[key_of(note)].note = note;
    for (const auto& one : image.events)
        append(one);
}

void EventLog::append(RecordedEvent event) {
    const std::uint64_t ordinal = first_ordinal_ + events_.size();
    for (const auto& key : keys_of(event))
        places_[key].ordinals.push_back(ordinal);
    bytes_ += bytes_of_event(event);
    events_.push_back(std::move(event));
}

void EventLog::take_out_oldest(std::unordered_map<std::string, bool>& changed) {
    const auto& oldest = events_.front();
    for (const auto& key : keys_of(oldest)) {
        auto& place = places_[key];
        if (++place.head * 2 > place.ordinals.size()) {
            place.ordinals.erase(place.ordinals.begin(),
                                 place.ordinals.begin() + static_cast<std::ptrdiff_t>(place.head));
            place.head = 0;
        }
        if (!place.note) {
            place.note = note_for(key);
            ++notes_;
        }
        add_to_note(*place.note, oldest.position, oldest.except);
        changed[key] = true;
    }
    trimmed_up_to_ = oldest.position;
    bytes_ -= bytes_of_event(oldest);
    events_.pop_front();
    ++first_ordinal_;
}

std::optional<records::Trimmed> EventLog::trim() {
    if (events_.size() <= limits_.events && bytes_ <= limits_.event_bytes) return std::nullopt;
    std::unordered_map<std::string, bool> changed;
    while (!events_.empty() && (events_.size() > limits_.events - limits_.events / 10 ||
                                bytes_ > limits_.event_bytes - limits_.event_bytes / 10)) {
        take_out_oldest(changed);
    }
    records::Trimmed trimmed;
    trimmed.up_to = trimmed_up_to_;
    if (notes_ > limits_.trim_notes) {
        floor_ = trimmed_up_to_;
        notes_ = 0;
        for (auto& [key, place] : places_)
            place.note.reset();
        std::erase_if(places_, [](const auto& one) { return one.second.ordinals.empty(); });
        trimmed.floor = floor_;
        return trimmed;
    }
    for (const auto& [key, yes] : changed)
        trimmed.notes.push_back(*places_[key].note);
    return trimmed;
}

void EventLog::forget_room(std::string_view nsp, std::string_view room) {
    const auto found = places_.find(room_in(nsp, room));
    if (found == places_.end()) return;
    if (found->second.note) --notes_;
    found->second.note.reset();
    if (found->second.ordinals.empty()) places_.erase(found);
}

bool EventLog::lost(const Place& place, std::string_view sid, const RoomSpan& span, LogPosition from) const {
    if (!place.note) return false;
    const auto& note = *place.note;
    const auto last = !note.except.empty() && note.except == sid ? note.last_other : note.last;
    return last > std::max(from, span.joined) && (span.left == 0 || from < span.left);
}

std::optional<std::vector<const RecordedEvent*>> EventLog::missed(const Receiver& receiver,
                                                                  LogPosition from) const {
    if (from < floor_) return std::nullopt;
    std::vector<std::uint64_t> ordinals;
    bool complete = true;
    const auto search = [&](const std::string& key, const RoomSpan& span) {
        const auto found = places_.find(key);
        if (found == places_.end()) return;
        const auto& place = found->second;
        if (lost(place, receiver.sid, span, from)) complete = false;
        const auto begin = std::partition_point(
            place.ordinals.begin() + static_cast<std::ptrdiff_t>(place.head), place.ordinals.end(),
            [&](std::uint64_t ordinal) { return event(ordinal).position <= std::max(from, span.joined); });
        for (auto at = begin; at != place.ordinals.end(); ++at) {
            if (span.left != 0 && event(*at).position >= span.left) break;
            ordinals.push_back(*at);
        }
    };
    const RoomSpan always{std::string(receiver.sid), receiver.begun, 0};
    search(everybody_in(receiver.nsp), always);
    search(room_in(receiver.nsp, receiver.sid), always);
    for (const auto& span : receiver.rooms.spans()) {
        if (span.left == 0 || from < span.left) search(room_in(receiver.nsp, span.room), span);
    }
    if (!complete) return std::nullopt;
    std::sort(ordinals.begin(), ordinals.end());
    ordinals.erase(std::unique(ordinals.begin(), ordinals.end()), ordinals.end());
    std::vector<const RecordedEvent*> events;
    for (const auto ordinal : ordinals) {
        const auto& one = event(ordinal);
        const bool left_out = std::any_of(one.except.begin(), one.except.end(), [&](const std::string& room) {
            return room == receiver.sid || receiver.rooms.was_in(room, one.position);
        });
        if (!left_out) events.push_back(&one);
    }
    return events;
}

}  // namespace holdfast::socketio
