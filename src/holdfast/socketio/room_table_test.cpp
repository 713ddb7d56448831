#include "holdfast/socketio/room_table.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

namespace holdfast::socketio {
namespace {

class Member final : public RoomMember {
  public:
    explicit Member(int number) : RoomMember(id_of(number)) {}

    static Id id_of(int number) {
        Id id{};
        id.fill('-');
        const auto digits = std::to_string(number);
        std::copy(digits.begin(), digits.end(), id.begin());
        return id;
    }
    static std::string name_of(int number) {
        const Id id = id_of(number);
        return {id.data(), id.size()};
    }
};

/// The visited ids, sorted; a member that is visited twice stands there twice.
std::vector<std::string> reached(RoomTable& table, const Audience& audience) {
    std::vector<std::string> ids;
    table.visit(audience, [&](const RoomMember& member) { ids.emplace_back(member.member_id()); });
    std::sort(ids.begin(), ids.end());
    return ids;
}

TEST(RoomTable, EverybodyMeansThoseThatWereAdded) {
    RoomTable table;
    Member one(1), two(2);
    table.add(one);
    table.add(two);
    EXPECT_EQ(reached(table, {}), (std::vector{Member::name_of(1), Member::name_of(2)}));
    table.remove(one);
    EXPECT_EQ(reached(table, {}), std::vector{Member::name_of(2)});
    EXPECT_EQ(table.find(one.member_id()), nullptr);
}

TEST(RoomTable, AMemberInTwoRoomsOfTheAudienceIsVisitedOnce) {
    RoomTable table;
    Member one(1);
    table.add(one);
    EXPECT_TRUE(table.join(one, "a", 5));
    EXPECT_TRUE(table.join(one, "b", 5));
    EXPECT_EQ(reached(table, {{"a", "b", Member::name_of(1)}, {}}).size(), 1U);
}

TEST(RoomTable, JoiningTwiceIsJoiningOnce) {
    RoomTable table;
    Member one(1);
    table.add(one);
    EXPECT_TRUE(table.join(one, "a", 1));
    EXPECT_TRUE(table.join(one, "a", 1));
    EXPECT_TRUE(table.join(one, Member::name_of(1), 1));
    EXPECT_EQ(table.rooms_of(one), std::vector<std::string>{"a"});
    EXPECT_FALSE(table.join(one, "b", 1));
    EXPECT_EQ(table.room_count(), 1U);
}

TEST(RoomTable, MembersMayLeaveInAnyOrder) {
    RoomTable table;
    Member one(1), two(2), three(3);
    for (auto* member : {&one, &two, &three}) {
        table.add(*member);
        ASSERT_TRUE(table.join(*member, "a", 5));
    }
    table.leave(one, "a");
    table.leave(three, "a");
    EXPECT_EQ(reached(table, {{"a"}, {}}), std::vector{Member::name_of(2)});
    table.remove(one);
    table.remove(three);
    EXPECT_EQ(reached(table, {}), std::vector{Member::name_of(2)});
}

TEST(RoomTable, EmptyRoomsAreForgotten) {
    RoomTable table;
    Member one(1);
    table.add(one);
    ASSERT_TRUE(table.join(one, "a", 5));
    table.leave(one, "a");
    EXPECT_EQ(table.room_count(), 0U);
    ASSERT_TRUE(table.join(one, "a", 5));
    table.remove(one);
    table.leave_all(one);
    EXPECT_EQ(table.room_count(), 0U);
}

RC_GTEST_PROP(RoomTableProperty, TheAudienceIsWhatSetsWouldSay, ()) {
    RoomTable table;
    std::vector<std::unique_ptr<Member>> members;
    std::map<std::string, std::set<std::string>> model;  // room to ids, with each id's own room
    std::set<std::string> everybody;
    for (int i = 0; i < 6; ++i)
        members.push_back(std::make_unique<Member>(i));
    const std::vector<std::string> rooms = {"a", "b", "c", Member::name_of(0), Member::name_of(5)};
    for (int step = *rc::gen::inRange(0, 300); step > 0; --step) {
        const int who = *rc::gen::inRange(0, 6);
        auto& member = *members[static_cast<std::size_t>(who)];
        const std::string id(member.member_id());
        const auto room = *rc::gen::elementOf(rooms);
        switch (*rc::gen::inRange(0, 5)) {
            case 0:
                table.add(member);
                everybody.insert(id);
                model[id].insert(id);
                break;
            case 1:
                if (!everybody.contains(id)) break;
                table.remove(member);
                table.leave_all(member);
                everybody.erase(id);
                for (auto& [name, ids] : model)
                    ids.erase(id);
                break;
            case 2:
                table.leave(member, room);
                if (room != id) model[room].erase(id);
                break;
            default:
                if (!everybody.contains(id)) break;
                RC_ASSERT(table.join(member, room, 10));
                model[room].insert(id);
                break;
        }
    }
    for (int query = 0; query < 5; ++query) {
        const auto names = rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(rooms));
        const Audience audience{*names, *names};
        std::set<std::string> expected = audience.rooms.empty() ? everybody : std::set<std::string>{};
        for (const auto& room : audience.rooms)
            expected.insert(model[room].begin(), model[room].end());
        for (const auto& room : audience.except) {
            for (const auto& id : model[room])
                expected.erase(id);
        }
        RC_ASSERT(reached(table, audience) == std::vector<std::string>(expected.begin(), expected.end()));
    }
}

}  // namespace
}  // namespace holdfast::socketio
