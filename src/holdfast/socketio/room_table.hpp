// Who is in which room of one namespace on this server. Internal to this layer; one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "holdfast/socketio/server.hpp"

namespace holdfast::socketio {

class RoomTable;
class RoomMember;

struct Room {
    std::string name;
    std::vector<RoomMember*> members;
};

/// What a socket carries so that joining and leaving cost no look-up among the other members.
class RoomMember {
  public:
    /// 20 characters, not terminated.
    using Id = std::array<char, 20>;

    explicit RoomMember(const Id& id) : id_(id) {}
    RoomMember(const RoomMember&) = delete;
    RoomMember& operator=(const RoomMember&) = delete;
    [[nodiscard]] std::string_view member_id() const { return {id_.data(), id_.size()}; }

  protected:
    ~RoomMember() = default;
    /// Only before it was added to a table.
    void become(std::string_view id) { id.copy(id_.data(), id_.size()); }

  private:
    friend class RoomTable;
    struct Place {
        Room* room = nullptr;
        std::size_t position = 0;
    };

    std::vector<Place> places_;
    std::uint64_t mark_ = 0;
    std::uint32_t everyone_position_ = 0;
    Id id_;
    bool present_ = false;
};

class RoomTable {
  public:
    RoomTable() = default;
    RoomTable(const RoomTable&) = delete;
    RoomTable& operator=(const RoomTable&) = delete;

    /// From now on the member is one of "everybody", and is found by its id.
    void add(RoomMember& member);
    /// Takes the member out of "everybody" but leaves its rooms, until leave_all.
    void remove(RoomMember& member);

    /// False when the member is in `most` rooms already. Joining twice changes nothing. A member may join
    /// before it was added; it is visited in its rooms then, too.
    bool join(RoomMember& member, std::string_view room, std::size_t most);
    void leave(RoomMember& member, std::string_view room);
    void leave_all(RoomMember& member);
    /// The rooms it joined; its own is not among them.
    [[nodiscard]] std::vector<std::string> rooms_of(const RoomMember& member) const;

    [[nodiscard]] RoomMember* find(std::string_view id) const;
    [[nodiscard]] std::size_t size() const { return everyone_.size(); }
    [[nodiscard]] std::size_t room_count() const { return rooms_.size(); }

    /// Calls `visit(RoomMember&)` once for each member of the audience. `visit` must not change the table.
    template <typename Visit>
    void visit(const Audience& audience, Visit&& visit) {
        if (!audience.except.empty()) ++mark_;
        for (const auto& name : audience.except) {
            visit_room(name, [&](RoomMember& member) { member.mark_ = mark_; });
        }
        const bool unmarked_only = !audience.except.empty() || audience.rooms.size() > 1;
        if (audience.except.empty() && unmarked_only) ++mark_;
        const auto visit_once = [&](RoomMember& member) {
            if (unmarked_only && member.mark_ == mark_) return;
            if (unmarked_only) member.mark_ = mark_;
            visit(member);
        };
        if (audience.rooms.empty()) {
            for (auto* member : everyone_)
                visit_once(*member);
        }
        for (const auto& name : audience.rooms)
            visit_room(name, visit_once);
    }

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };

    /// Members are found by their ids without the ids lying in the table once more.
    struct HashOfId {
        using is_transparent = void;
        std::size_t operator()(std::string_view id) const noexcept {
            return std::hash<std::string_view>{}(id);
        }
        std::size_t operator()(const RoomMember* member) const noexcept {
            return (*this)(member->member_id());
        }
    };
    struct EqualId {
        using is_transparent = void;
        bool operator()(const RoomMember* left, const RoomMember* right) const { return left == right; }
        bool operator()(std::string_view id, const RoomMember* member) const {
            return id == member->member_id();
        }
        bool operator()(const RoomMember* member, std::string_view id) const {
            return id == member->member_id();
        }
    };

    /// The members of the room, and the one whose id is its name if that has not joined it as well.
    template <typename Visit>
    void visit_room(std::string_view name, Visit&& visit) {
        const auto* const own = find(name);
        bool own_seen = false;
        if (const auto found = rooms_.find(name); found != rooms_.end()) {
            for (auto* member : found->second.members) {
                own_seen = own_seen || member == own;
                visit(*member);
            }
        }
        if (own != nullptr && !own_seen) visit(*find(name));
    }
    void take_out(const RoomMember::Place& place);

    std::unordered_map<std::string, Room, Hash, std::equal_to<>> rooms_;
    std::unordered_set<RoomMember*, HashOfId, EqualId> by_id_;
    std::vector<RoomMember*> everyone_;
    std::uint64_t mark_ = 0;
};

}  // namespace holdfast::socketio
