#include "holdfast/seats/journal_words.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <span>
#include <string>

#include "holdfast/seats/refusals_test_support.hpp"

namespace holdfast::seats {
namespace {

void expect_plain_list(std::span<const JournalWord> list, bool may_be_silent) {
    std::set<std::string_view> codes;
    for (const auto& word : list) {
        EXPECT_TRUE(codes.insert(word.code).second) << word.code << " is there twice";
        EXPECT_TRUE(std::all_of(word.code.begin(), word.code.end(), [](char letter) {
            return letter == '_' || (letter >= 'a' && letter <= 'z');
        })) << word.code;
        if (!may_be_silent) {
            EXPECT_GE(word.phrase.size(), 4U) << word.code;
        }
        EXPECT_FALSE(word.phrase.ends_with('.')) << word.code << " is the part of a sentence";
        EXPECT_EQ(word.phrase.find('_'), std::string_view::npos) << word.code << " shows a code to people";
    }
}

TEST(JournalWords, EachHasACodeOfItsOwnAndAPhrase) {
    expect_plain_list(journal_whats, false);
    expect_plain_list(journal_reasons, true);
}

// What refuses a token is what its player hears: so the list of all refusals tells which reasons the journal
// needs.
TEST(JournalWords, EveryRefusalThatATokenCanMeetWithHasAPhrase) {
    int counted = 0;
    for (const auto refusal : all_refusals()) {
        if (!ends_token(refusal)) continue;
        ++counted;
        EXPECT_EQ(JournalReason(refusal).code(), code_of(refusal));
        const auto word = find_word(journal_reasons, code_of(refusal));
        ASSERT_TRUE(word) << code_of(refusal);
        EXPECT_FALSE(word->phrase.empty()) << code_of(refusal);
    }
    EXPECT_GE(counted, 5);
}

TEST(JournalWords, AreTheCodesThatTheDomainUses) {
    for (const auto cause : {AwayCause::none, AwayCause::closed_page, AwayCause::connection_lost,
                             AwayCause::server_restart, AwayCause::stale_session}) {
        EXPECT_EQ(JournalReason(cause).code(), to_string(cause));
    }
    for (const auto freed : {SeatFreed::left, SeatFreed::released, SeatFreed::expired, SeatFreed::moved}) {
        EXPECT_EQ(JournalWhat(freed).code(), to_string(freed));
    }
}

}  // namespace
}  // namespace holdfast::seats
