// Addresses, answers and log lines as people read and write them.
#include "holdfast/app/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/app/console_log.hpp"

namespace holdfast::app {
namespace {

using ::testing::HasSubstr;

TEST(ParseListen, ReadsAddressesAndPorts) {
    EXPECT_EQ(parse_listen("127.0.0.1:3000")->address, "127.0.0.1");
    EXPECT_EQ(parse_listen("127.0.0.1:3000")->port, 3000);
    EXPECT_EQ(parse_listen("[::1]:0")->address, "::1");
    EXPECT_EQ(parse_listen("[::1]:0")->port, 0);
    EXPECT_EQ(parse_listen("localhost:65535")->address, "127.0.0.1");
}

TEST(ParseListen, RefusesEverythingElseInASentence) {
    for (const auto* text : {"", "3000", ":3000", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:3000x",
                             "127.0.0.1:-1", "::1:3000", "[::1:3000", "127.0.0.1: 3000"}) {
        const auto parsed = parse_listen(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_THAT(parsed.error(), HasSubstr("127.0.0.1:3000"));
    }
}

TEST(ReadFile, ReadsThisOneAndRefusesFoldersAndWhatIsNotThere) {
    EXPECT_THAT(read_file("/proc/self/status").value(), HasSubstr("Name:"));
    EXPECT_THAT(read_file("/nowhere/page.html").error(), HasSubstr("/nowhere/page.html"));
    EXPECT_FALSE(read_file("/"));
}

TEST(Answers, SayWhatTheyAre) {
    EXPECT_EQ(html_answer(200, "<p>").headers.front().second, "text/html; charset=UTF-8");
    EXPECT_EQ(json_answer(200, "{}").headers.front().second, "application/json");
    EXPECT_EQ(text_answer(404, "no").status, 404U);
}

TEST(LogLine, IsOneLineWhateverIsInIt) {
    EXPECT_EQ(
        log_line(
            LogLevel::warning, "handler_failed",
            {{"namespace", "/"}, {"what", "no \"room\"\n"}, {"count", std::int64_t{3}}, {"fatal", false}}),
        "warning handler_failed namespace=/ what=\"no \\\"room\\\"\\x0a\" count=3 fatal=false");
    EXPECT_EQ(log_line(LogLevel::error, "x", {{"empty", ""}}), "error x empty=\"\"");
}

}  // namespace
}  // namespace holdfast::app
