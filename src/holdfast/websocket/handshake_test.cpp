#include "holdfast/websocket/handshake.hpp"

#include <gtest/gtest.h>

namespace holdfast::websocket {
namespace {

UpgradeFields good() {
    return {.method = "GET",
            .http_version = 11,
            .upgrade = "websocket",
            .connection = "Upgrade",
            .key = "dGhlIHNhbXBsZSBub25jZQ==",
            .version = "13"};
}

// The example of RFC 6455 section 1.3.
TEST(Handshake, AnswersTheExampleOfTheSpecification) {
    const auto accept = check_upgrade(good());
    ASSERT_TRUE(accept);
    EXPECT_EQ(*accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(Handshake, ReadsTokenListsAsBrowsersAndProxiesSendThem) {
    for (const auto* connection : {"keep-alive, Upgrade", "upgrade", "Keep-Alive ,\tUPGRADE", ",upgrade"}) {
        auto fields = good();
        fields.connection = connection;
        EXPECT_TRUE(check_upgrade(fields)) << connection;
    }
    auto fields = good();
    fields.upgrade = "WebSocket";
    EXPECT_TRUE(check_upgrade(fields));
}

TEST(Handshake, SaysWhatIsWrong) {
    const auto error_of = [](auto change) {
        auto fields = good();
        change(fields);
        const auto result = check_upgrade(fields);
        EXPECT_FALSE(result);
        return result ? HandshakeError{255} : result.error();
    };
    EXPECT_EQ(error_of([](auto& f) { f.method = "POST"; }), HandshakeError::bad_method);
    EXPECT_EQ(error_of([](auto& f) { f.method = "get"; }), HandshakeError::bad_method);
    EXPECT_EQ(error_of([](auto& f) { f.http_version = 10; }), HandshakeError::bad_method);
    for (const auto* upgrade : {"", "h2c", "websockets", "web socket"}) {
        EXPECT_EQ(error_of([&](auto& f) { f.upgrade = upgrade; }), HandshakeError::no_upgrade) << upgrade;
    }
    for (const auto* connection : {"", "keep-alive", "upgrade-insecure"}) {
        EXPECT_EQ(error_of([&](auto& f) { f.connection = connection; }), HandshakeError::no_upgrade)
            << connection;
    }
    for (const auto* version : {"", "8", "130", "13, 8"}) {
        EXPECT_EQ(error_of([&](auto& f) { f.version = version; }), HandshakeError::bad_version) << version;
    }
    for (const auto* key :
         {"", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZSE=",
          "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub\r\n5jZQ==", "AAAA"}) {
        EXPECT_EQ(error_of([&](auto& f) { f.key = key; }), HandshakeError::bad_key) << key;
    }
}

}  // namespace
}  // namespace holdfast::websocket
