// The table of RFC 6455 through the decoder, cut in several ways.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "holdfast/websocket/rfc6455_cases.hpp"

namespace holdfast::websocket {
namespace {

using testing::Rfc6455Case;

class Rfc6455 : public ::testing::TestWithParam<Rfc6455Case> {};

TEST_P(Rfc6455, HoldsHoweverTheStreamIsCut) {
    const auto& [number, title, stream, expected] = GetParam();
    for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{14},
                                    std::size_t{1'021}, std::size_t{65'536}, stream.size()}) {
        // As texts: gtest would print both lists whole.
        const bool same = testing::decode_in_pieces(testing::rfc6455_settings, stream, piece) == expected;
        EXPECT_TRUE(same) << number << ", " << title << ", in pieces of " << piece;
    }
}

std::string name_of(const ::testing::TestParamInfo<Rfc6455Case>& info) {
    auto name = "Case_" + info.param.number;
    std::ranges::replace(name, '.', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Table, Rfc6455, ::testing::ValuesIn(testing::rfc6455_cases()), name_of);

TEST(Rfc6455Table, HasTheCasesThatTheDocumentsName) {
    std::map<std::string, int> counts;
    for (const auto& each : testing::rfc6455_cases())
        ++counts[each.number.substr(0, each.number.find('.'))];
    const std::map<std::string, int> documented{{"1", 32},  {"2", 10}, {"3", 49}, {"4", 50}, {"5", 28},
                                                {"6", 171}, {"7", 59}, {"8", 78}, {"9", 14}};
    EXPECT_EQ(counts, documented) << "docs/websocket.md has these numbers";
}

}  // namespace
}  // namespace holdfast::websocket
