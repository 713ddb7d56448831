#include "holdfast/socketio/room_table.hpp"

#include <algorithm>

namespace holdfast::socketio {

void RoomTable::add(RoomMember& member) {
    if (member.present_) return;
    member.present_ = true;
    member.everyone_position_ = static_cast<std::uint32_t>(everyone_.size());
    everyone_.push_back(&member);
    by_id_.insert(&member);
}

void RoomTable::remove(RoomMember& member) {
    if (!member.present_) return;
    member.present_ = false;
    by_id_.erase(&member);
    auto* const last = everyone_.back();
    everyone_[member.everyone_position_] = last;
    last->everyone_position_ = member.everyone_position_;
    everyone_.pop_back();
}

bool RoomTable::join(RoomMember& member, std::string_view room, std::size_t most) {
    const bool there = std::any_of(member.places_.begin(), member.places_.end(),
                                   [&](const RoomMember::Place& place) { return place.room->name == room; });
    if (there || room == member.member_id()) return true;
    if (member.places_.size() >= most) return false;
    auto found = rooms_.find(room);
    if (found == rooms_.end()) {
        found = rooms_.emplace(std::string(room), Room{std::string(room), {}}).first;
    }
    auto& members = found->second.members;
    member.places_.push_back({&found->second, members.size()});
    members.push_back(&member);
    return true;
}

void RoomTable::leave(RoomMember& member, std::string_view room) {
    const auto place = std::find_if(member.places_.begin(), member.places_.end(),
                                    [&](const RoomMember::Place& one) { return one.room->name == room; });
    if (place == member.places_.end()) return;
    const auto left = *place;
    *place = member.places_.back();
    member.places_.pop_back();
    take_out(left);
}

void RoomTable::leave_all(RoomMember& member) {
    for (const auto places = std::move(member.places_); const auto& place : places)
        take_out(place);
    member.places_.clear();
}

void RoomTable::take_out(const RoomMember::Place& place) {
    auto& members = place.room->members;
    auto* const last = members.back();
    members[place.position] = last;
    for (auto& other : last->places_) {
        if (other.room == place.room) other.position = place.position;
    }
    members.pop_back();
    if (members.empty()) rooms_.erase(rooms_.find(place.room->name));
}

std::vector<std::string> RoomTable::rooms_of(const RoomMember& member) const {
    std::vector<std::string> names;
    names.reserve(member.places_.size() + 1);
    for (const auto& place : member.places_)
        names.push_back(place.room->name);
    return names;
}

RoomMember* RoomTable::find(std::string_view id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : *found;
}

}  // namespace holdfast::socketio
