#include "holdfast/net/response_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/base/decompression_test_support.hpp"

namespace holdfast::net {
namespace {

using engineio::HttpResponse;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::string_literals;

HttpResponse response_of(unsigned status, std::string body) {
    HttpResponse response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "text/plain");
    response.body = std::move(body);
    return response;
}

TEST(ResponseWriter, WritesTheWholeMessage) {
    const auto encoded = encode_response(response_of(200, "hello"), {.date = "today"});
    EXPECT_EQ(encoded.head,
              "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: today\r\nContent-Length: 5\r\n\r\nhello");
    EXPECT_FALSE(encoded.body);
}

TEST(ResponseWriter, SaysWhetherTheConnectionGoesOn) {
    EXPECT_THAT(encode_response(response_of(200, ""), {.keep_alive = false}).head,
                HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_THAT(encode_response(response_of(200, ""), {.version = 10}).head,
                HasSubstr("\r\nConnection: keep-alive\r\n"));
    EXPECT_THAT(encode_response(response_of(200, ""), {}).head, Not(HasSubstr("Connection:")));
}

TEST(ResponseWriter, SendsNoBodyWhereNoneBelongs) {
    EXPECT_THAT(encode_response(response_of(200, "hello"), {.head_request = true}).head,
                ::testing::EndsWith("Content-Length: 5\r\n\r\n"));
    for (const unsigned status : {204U, 304U}) {
        const auto head = encode_response(response_of(status, "hello"), {}).head;
        EXPECT_THAT(head, Not(HasSubstr("Content-Length")));
        EXPECT_THAT(head, Not(HasSubstr("hello")));
    }
}

TEST(ResponseWriter, LeavesOutHeadersThatWouldBreakTheLine) {
    auto response = response_of(200, "x");
    response.headers.emplace_back("X-Good", "fine");
    response.headers.emplace_back("X-Bad", "a\r\nSet-Cookie: b");
    response.headers.emplace_back("X-Nul", "a\0b"s);
    response.headers.emplace_back("X Bad", "name");
    response.headers.emplace_back("", "nameless");
    response.headers.emplace_back("content-length", "7");
    response.headers.emplace_back("Transfer-Encoding", "chunked");
    const auto head = encode_response(std::move(response), {}).head;
    EXPECT_THAT(head, HasSubstr("X-Good: fine\r\n"));
    for (const auto* bad :
         {"Set-Cookie", "X-Bad", "X-Nul", "X Bad", "nameless", "content-length", "chunked"}) {
        EXPECT_THAT(head, Not(HasSubstr(bad))) << bad;
    }
}

TEST(ResponseWriter, SharesLargeBodiesInsteadOfCopyingThem) {
    HttpResponse response;
    response.shared_body = std::make_shared<const std::string>(10'000, 'x');
    const auto shared = response.shared_body;
    const auto encoded = encode_response(std::move(response), {});
    EXPECT_EQ(encoded.body, shared);
    EXPECT_THAT(encoded.head, HasSubstr("Content-Length: 10000\r\n"));
}

TEST(ResponseWriter, CompressesLargeTextForClientsThatTakeIt) {
    const std::string text(20'000, 'x');
    const ResponseContext context{.coding = ContentCoding::gzip, .compress_from_bytes = 1024};
    const auto encoded = encode_response(response_of(200, text), context);
    EXPECT_THAT(encoded.head, HasSubstr("Content-Encoding: gzip\r\n"));
    const std::string body = encoded.head.substr(encoded.head.find("\r\n\r\n") + 4);
    EXPECT_EQ(holdfast::testing::decompressed(body), text);

    EXPECT_THAT(encode_response(response_of(200, std::string(1023, 'x')), context).head,
                Not(HasSubstr("gzip")));
    EXPECT_THAT(encode_response(response_of(200, text), {.compress_from_bytes = 1024}).head,
                Not(HasSubstr("gzip")));
    EXPECT_THAT(encode_response(response_of(200, text), {.coding = ContentCoding::gzip}).head,
                Not(HasSubstr("gzip")));
    auto image = response_of(200, text);
    image.headers.front().second = "image/png";
    EXPECT_THAT(encode_response(std::move(image), context).head, Not(HasSubstr("gzip")));
}

TEST(ResponseWriter, UnderstandsAcceptEncoding) {
    for (const auto* value : {"gzip", "deflate, GZIP", "br;q=1.0, gzip;q=0.8", "gzip ; q=0.001"}) {
        EXPECT_TRUE(accepts_gzip(value)) << value;
    }
    for (const auto* value : {"", "identity", "gzip;q=0", "gzip;q=0.000", "xgzip", "br"}) {
        EXPECT_FALSE(accepts_gzip(value)) << value;
    }
}

TEST(ResponseWriter, WritesDatesAsTheSpecificationDoes) {
    EXPECT_EQ(http_date({784'111'777'000}), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(http_date({0}), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(http_date({1'709'164'800'000}), "Thu, 29 Feb 2024 00:00:00 GMT");
}

}  // namespace
}  // namespace holdfast::net
