#include "holdfast/net/request_gate.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace holdfast::net {
namespace {

using namespace std::string_literals;
using Fields = std::vector<FieldView>;

unsigned refusal(unsigned version, const Fields& fields) {
    const auto checked = check_head(version, fields);
    return checked ? 0 : checked.error();
}

TEST(RequestGate, TakesOrdinaryHeads) {
    EXPECT_EQ(refusal(11, {{"Host", "example.org:8080"}}), 0U);
    EXPECT_EQ(refusal(11, {{"host", "[::1]:8080"}}), 0U);
    EXPECT_EQ(refusal(11, {{"Host", ""}}), 0U);
    EXPECT_EQ(refusal(10, {}), 0U);
    const auto body =
        check_head(11, Fields{{"Host", "a"}, {"Content-Length", "12"}, {"Expect", "100-Continue"}});
    ASSERT_TRUE(body);
    EXPECT_EQ(body->content_length, 12U);
    EXPECT_TRUE(body->expects_continue);
    const auto chunked = check_head(11, Fields{{"Host", "a"}, {"Transfer-Encoding", "Chunked"}});
    ASSERT_TRUE(chunked);
    EXPECT_TRUE(chunked->chunked);
}

TEST(RequestGate, RefusesAmbiguousLengths) {
    const FieldView host{"Host", "a"};
    for (const auto* value :
         {"xchunked", "gzip", "gzip, chunked", "chunked, chunked", "chunked;q=1", "", "identity"}) {
        EXPECT_EQ(refusal(11, {host, {"Transfer-Encoding", value}}), 400U) << value;
    }
    EXPECT_EQ(refusal(11, {host, {"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}), 400U);
    EXPECT_EQ(refusal(10, {host, {"Transfer-Encoding", "chunked"}}), 400U);
    EXPECT_EQ(refusal(11, {host, {"Transfer-Encoding", "chunked"}, {"Content-Length", "3"}}), 400U);
    EXPECT_EQ(refusal(11, {host, {"Content-Length", "0"}, {"Transfer-Encoding", "chunked"}}), 400U);
    for (const auto* value : {"3,3", "+3", "-1", "0x3", "", "3 ", "99999999999999999999999"}) {
        EXPECT_EQ(refusal(11, {host, {"Content-Length", value}}), 400U) << value;
    }
    EXPECT_EQ(refusal(11, {host, {"Content-Length", "3"}, {"Content-Length", "3"}}), 400U);
}

TEST(RequestGate, RefusesAMissingDoubleOrStrangeHostAndUnknownExpectations) {
    EXPECT_EQ(refusal(11, {}), 400U);
    EXPECT_EQ(refusal(11, {{"Host", "a"}, {"Host", "a"}}), 400U);
    for (const auto* value : {"a b", "a/b", "user@a", "a\\b", "a\xC3\xA4"}) {
        EXPECT_EQ(refusal(11, {{"Host", value}}), 400U) << value;
    }
    EXPECT_EQ(refusal(11, {{"Host", "a"}, {"Expect", "200-ok"}}), 417U);
}

TEST(RequestGate, RefusesFoldedLinesBareCarriageReturnsAndNul) {
    EXPECT_EQ(check_raw_head("GET / HTTP/1.1\r\nA: b\r\n\r\n"), 0U);
    EXPECT_EQ(check_raw_head("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"), 400U);
    EXPECT_EQ(check_raw_head("GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n"), 400U);
    EXPECT_EQ(check_raw_head("GET / HTTP/1.1\r\nA: b\rc\r\n\r\n"), 400U);
    EXPECT_EQ(check_raw_head("GET / HTTP/1.1\r\nA: b\0c\r\n\r\n"s), 400U);
}

TEST(RequestGate, SplitsTargetsOfEveryForm) {
    const auto split = [](std::string_view target) {
        const auto parts = split_target(target);
        return parts ? std::string(parts->path) + "|" + std::string(parts->query) : "refused";
    };
    EXPECT_EQ(split("/"), "/|");
    EXPECT_EQ(split("/a/b?c=d?e"), "/a/b|c=d?e");
    EXPECT_EQ(split("/a?"), "/a|");
    EXPECT_EQ(split("/a?b#c?d"), "/a|b");
    EXPECT_EQ(split("*"), "*|");
    EXPECT_EQ(split("http://host:80/a?b"), "/a|b");
    EXPECT_EQ(split("HTTPS://host"), "/|");
    EXPECT_EQ(split("http://host?b"), "/|b");
    EXPECT_EQ(split("http://host?b#c"), "/|b");
    EXPECT_EQ(split("http://host#c/d?e"), "/|");
    EXPECT_EQ(split("http://host/a#c"), "/a|");
    EXPECT_EQ(split("#c"), "refused");
    EXPECT_EQ(split("ftp://host/"), "refused");
    EXPECT_EQ(split("host:443"), "refused");
    EXPECT_EQ(split(""), "refused");
}

}  // namespace
}  // namespace holdfast::net
