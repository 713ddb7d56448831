#include "holdfast/server/json_fields.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <limits>

#include "holdfast/server/packet_texts.hpp"

namespace holdfast::server::wire {
namespace {

TEST(JsonFields, EveryKindOfValueIsReadBackAsItWas) {
    const std::string name = "Otters \"&\\\n\xc3\xa9";
    const Fields inner{{"inside", 1}};
    const Fields fields{{"text", name},
                        {"literal", "plain"},
                        {"least", std::numeric_limits<std::int64_t>::min()},
                        {"most", std::numeric_limits<std::uint64_t>::max()},
                        {"small", std::uint8_t{7}},
                        {"yes", true},
                        {"no", false},
                        {"nothing", nullptr},
                        {"rows", JsonText{"[1,2]"}},
                        {"object", inner}};
    const auto object = boost::json::parse(fields.text()).as_object();
    EXPECT_EQ(object.size(), 10U);
    EXPECT_EQ(object.at("text").as_string(), name);
    EXPECT_EQ(object.at("literal"), "plain");
    EXPECT_EQ(object.at("least").as_int64(), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(object.at("most").as_uint64(), std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(object.at("small"), 7);
    EXPECT_EQ(object.at("yes"), true);
    EXPECT_EQ(object.at("no"), false);
    EXPECT_TRUE(object.at("nothing").is_null());
    EXPECT_EQ(object.at("rows").as_array().size(), 2U);
    EXPECT_EQ(object.at("object").at("inside"), 1);
}

TEST(JsonFields, FieldsCanBeAddedToAnEmptyObjectAndToAnyOther) {
    Fields fields;
    EXPECT_EQ(fields.text(), "{}");
    fields.add("ok", true);
    fields.add("event", "joined");
    EXPECT_EQ(boost::json::parse(fields.text()), (boost::json::value{{"ok", true}, {"event", "joined"}}));
    EXPECT_EQ(Fields(boost::json::object{{"a", 1}}).add("b", 2).text(), R"({"a":1,"b":2})");
}

TEST(PacketTexts, GiveEachPacketInOrderAlsoWhenANameHoldsALineBreak) {
    PacketTexts packets("2[\"first\"]");
    packets.add("second", {{"name", "two\nlines"}});
    packets.add_text("third", "{}");
    std::vector<std::string> seen;
    packets.for_each([&](std::string_view packet) { seen.emplace_back(packet); });
    EXPECT_EQ(seen, (std::vector<std::string>{"2[\"first\"]", R"(2["second",{"name":"two\nlines"}])",
                                              R"(2["third",{}])"}));
    EXPECT_FALSE(packets.empty());
    EXPECT_TRUE(PacketTexts().empty());
}

}  // namespace
}  // namespace holdfast::server::wire
