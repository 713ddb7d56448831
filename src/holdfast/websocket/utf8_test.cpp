#include "holdfast/websocket/utf8.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace holdfast::websocket {
namespace {

using namespace std::string_literals;

const std::vector<std::string> valid_texts{
    "",
    "a",
    "plain text that is longer than eight bytes",
    "\0"s,
    "\x7F",
    "\xC2\x80",
    "\xDF\xBF",
    "\xE0\xA0\x80",
    "\xED\x9F\xBF",
    "\xEE\x80\x80",
    "\xEF\xBF\xBF",
    "\xF0\x90\x80\x80",
    "\xF4\x8F\xBF\xBF",
    "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5",
    "eight by\xF0\x9F\x98\x80 and on, past the second word",
};

const std::vector<std::string> invalid_texts{
    "\x80",
    "\xBF",
    "\xC0\x80",
    "\xC1\xBF",
    "\xC2\x41",
    "\xC2\xC2",
    "\xE0\x80\x80",
    "\xE0\x9F\xBF",
    "\xED\xA0\x80",
    "\xED\xBF\xBF",
    "\xF0\x80\x80\x80",
    "\xF0\x8F\xBF\xBF",
    "\xF4\x90\x80\x80",
    "\xF5\x80\x80\x80",
    "\xF8\x88\x80\x80",
    "\xFE",
    "\xFF",
    "good until here \xFF",
    "\xE2\x28\xA1",
    "\xF0\x9F\x98\x41",
};

const std::vector<std::string> cut_texts{"\xC2",     "\xE1\xBD", "\xE1",       "\xF0\x9F\x98",
                                         "\xF0\x9F", "\xF0",     "abc\xE2\x82"};

TEST(Utf8, AcceptsEveryKindOfValidText) {
    for (const auto& text : valid_texts)
        EXPECT_TRUE(is_valid_utf8(text)) << text;
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndStrayBytes) {
    for (const auto& text : invalid_texts)
        EXPECT_FALSE(is_valid_utf8(text)) << ::testing::PrintToString(text);
}

TEST(Utf8, RefusesATextThatEndsInsideACharacter) {
    for (const auto& text : cut_texts) {
        Utf8Validator validator;
        EXPECT_TRUE(validator.feed(text));
        EXPECT_FALSE(validator.complete());
        EXPECT_FALSE(is_valid_utf8(text));
    }
}

TEST(Utf8, GivesTheSameAnswerAtEverySplit) {
    const auto in_two = [](const std::string& text, std::size_t cut) {
        Utf8Validator validator;
        return validator.feed(std::string_view(text).substr(0, cut)) &&
               validator.feed(std::string_view(text).substr(cut)) && validator.complete();
    };
    for (const auto& text : valid_texts) {
        for (std::size_t cut = 0; cut <= text.size(); ++cut)
            EXPECT_TRUE(in_two(text, cut)) << text << cut;
    }
    for (const auto& text : invalid_texts) {
        for (std::size_t cut = 0; cut <= text.size(); ++cut)
            EXPECT_FALSE(in_two(text, cut)) << cut;
    }
}

// Every code point in every encoding length, against the definition written down plainly.
TEST(Utf8, AgreesWithTheDefinitionOnEveryCodePoint) {
    for (std::uint32_t code = 0; code < 0x200000; ++code) {
        for (int length = 1; length <= 4; ++length) {
            static constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
            static constexpr std::uint32_t most[] = {0, 0x7F, 0x7FF, 0xFFFF, 0x1FFFFF};
            if (code > most[length]) continue;
            std::string text;
            static constexpr unsigned lead[] = {0, 0x00, 0xC0, 0xE0, 0xF0};
            for (int i = length - 1; i >= 0; --i) {
                const std::uint32_t bits = code >> (6 * static_cast<unsigned>(i));
                text.push_back(
                    static_cast<char>(i == length - 1 ? (lead[length] | bits) : (0x80 | (bits & 0x3F))));
            }
            const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
            const bool expected = code >= least[length] && code <= 0x10FFFF && !surrogate;
            ASSERT_EQ(is_valid_utf8(text), expected) << std::hex << code << " in " << length;
        }
    }
}

}  // namespace
}  // namespace holdfast::websocket
