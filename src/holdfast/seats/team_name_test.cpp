#include "holdfast/seats/team_name.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

namespace holdfast::seats {
namespace {

std::string shown(std::string_view sent) {
    const auto name = normalise_team_name(sent);
    return name ? name->shown : "refused: " + std::string(code_of(name.error()));
}
bool same(std::string_view left, std::string_view right) {
    const auto one = normalise_team_name(left);
    const auto other = normalise_team_name(right);
    return one && other && one->key == other->key;
}
const std::string refused = "refused: bad_name";

TEST(TeamName, IsTrimmedAndItsSpacesAreCollapsed) {
    EXPECT_EQ(shown("  The   Foxes \t"), "The Foxes");
    EXPECT_EQ(shown("The\n\tFoxes\r\n"), "The Foxes");
    EXPECT_EQ(shown("The\u00A0\u2003Foxes"), "The Foxes");
}

TEST(TeamName, HasOneToFortyCharacters) {
    EXPECT_EQ(shown(""), refused);
    EXPECT_EQ(shown("   \n "), refused);
    EXPECT_EQ(shown("x"), "x");
    EXPECT_EQ(shown(std::string(40, 'x')), std::string(40, 'x'));
    EXPECT_EQ(shown(std::string(41, 'x')), refused);
    EXPECT_EQ(shown(std::string(10'000, 'x')), refused);
    std::string foxes;
    for (int count = 0; count < 40; ++count)
        foxes += "🦊";
    EXPECT_EQ(shown(foxes), foxes);
    EXPECT_EQ(shown(foxes + "🦊"), refused);
}

TEST(TeamName, HoldsNothingThatCannotBeSeen) {
    for (const char* hidden :
         {"\u0001", "\u007F", "\u0080", "\u200B", "\u200D", "\u200E", "\u200F", "\u202A", "\u202E", "\u2060",
          "\u2066", "\u2069", "\uFEFF", "\u00AD", "\u3164", "\u2800", "\uE000", "\uFDD0", "\U000E0041"}) {
        EXPECT_EQ(shown("Fo" + std::string(hidden) + "xes"), refused) << hidden;
        EXPECT_EQ(shown(hidden), refused) << hidden;
    }
    EXPECT_EQ(shown(std::string_view("Fo\0xes", 6)), refused);
    EXPECT_EQ(shown("\uFE0F"), refused) << "nothing but a variation selector";
    EXPECT_EQ(shown("We \u2764\uFE0F C++"), "We \u2764\uFE0F C++");
}

TEST(TeamName, IsValidUtf8) {
    EXPECT_EQ(shown("Fo\xFFxes"), refused);
    EXPECT_EQ(shown("Fo\xC3"), refused);
    EXPECT_EQ(shown("\xC0\xAF"), refused) << "overlong";
    EXPECT_EQ(shown("\xED\xA0\x80"), refused) << "a surrogate";
}

TEST(TeamName, KeepsMarkupAsHarmlessText) {
    EXPECT_EQ(shown("<b onclick=\"x()\">Foxes</b>"), "<b onclick=\"x()\">Foxes</b>");
    EXPECT_EQ(shown("'; DROP TABLE teams;--"), "'; DROP TABLE teams;--");
}

TEST(TeamName, IsTheSameInAnotherCaseWidthOrComposition) {
    EXPECT_TRUE(same("Foxes", "fOXES"));
    EXPECT_TRUE(same("Straße", "STRASSE"));
    EXPECT_TRUE(same("ΣΊΣΥΦΟΣ", "σίσυφος"));
    EXPECT_TRUE(same("Лисы", "ЛИСЫ"));
    EXPECT_TRUE(same("Ｆｏｘｅｓ", "foxes"));
    EXPECT_TRUE(same("Zo\u00EB", "zoe\u0308"));
    EXPECT_TRUE(same("\u2764", "\u2764\uFE0F"));
    EXPECT_FALSE(same("Foxes", "Foxes 2"));
    EXPECT_FALSE(same("Zoe", "Zoë"));
}

TEST(TeamName, InAsciiFollowsTheSameRuleAsAnyOther) {
    // A letter that is not ASCII at the end takes the name through the general rule.
    for (char first = 0; first >= 0 && first < '\x7f'; ++first) {
        for (const char second : {' ', '\t', 'x', 'Q', '<', '\x1f', '\x7f'}) {
            const std::string sent = std::string("A") + first + second + " z ";
            const auto ascii = normalise_team_name(sent);
            const auto general = normalise_team_name(sent + "\u00E9");
            ASSERT_EQ(ascii.has_value(), general.has_value()) << static_cast<int>(first);
            if (!ascii) continue;
            EXPECT_EQ(ascii->shown + " \u00E9", general->shown) << static_cast<int>(first);
            EXPECT_EQ(ascii->key + " \u00E9", general->key) << static_cast<int>(first);
        }
    }
}

TEST(TeamName, OfAnyBytesIsRefusedOrKeepsTheRule) {
    rc::check("normalising twice changes nothing", [](const std::string& bytes) {
        const auto once = normalise_team_name(bytes);
        if (!once) {
            RC_ASSERT(once.error() == Refusal::bad_name);
            return;
        }
        const auto twice = normalise_team_name(once->shown);
        RC_ASSERT(twice.has_value());
        RC_ASSERT(twice->shown == once->shown);
        RC_ASSERT(twice->key == once->key);
        RC_ASSERT(!once->shown.empty() && once->shown.size() <= 160);
    });
}

}  // namespace
}  // namespace holdfast::seats
