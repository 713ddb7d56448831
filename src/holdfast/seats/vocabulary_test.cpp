#include "holdfast/seats/vocabulary.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

#include "holdfast/seats/refusals_test_support.hpp"

namespace holdfast::seats {
namespace {

TEST(Refusals, EachHasACodeOfItsOwnAndASentence) {
    std::set<std::string_view> codes;
    std::set<std::string_view> sentences;
    for (const auto refusal : all_refusals()) {
        const auto code = code_of(refusal);
        EXPECT_TRUE(codes.insert(code).second) << code;
        EXPECT_TRUE(sentences.insert(sentence_of(refusal)).second) << code;
        EXPECT_TRUE(std::all_of(code.begin(), code.end(), [](char letter) {
            return letter == '_' || (letter >= 'a' && letter <= 'z');
        })) << code;
        EXPECT_GE(sentence_of(refusal).size(), 20U) << code;
        EXPECT_EQ(sentence_of(refusal).back(), '.') << code;
    }
}

// Existing clients throw their token away when the message holds one of these words.
TEST(Refusals, OnlyThoseOfAUselessTokenSpeakOfTokensOrReconnection) {
    for (const auto refusal : all_refusals()) {
        std::string sentence(sentence_of(refusal));
        std::transform(sentence.begin(), sentence.end(), sentence.begin(),
                       [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
        const bool speaks =
            sentence.find("token") != std::string::npos || sentence.find("reconnection") != std::string::npos;
        EXPECT_EQ(speaks, ends_token(refusal)) << sentence;
    }
}

TEST(GameMode, IsCalledAsTheContractWithClientsCallsIt) {
    EXPECT_EQ(to_string(GameMode::classic), "classic");
    EXPECT_EQ(to_string(GameMode::modern), "new");
}

}  // namespace
}  // namespace holdfast::seats
