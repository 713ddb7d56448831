#include "holdfast/server/host_access.hpp"

#include <gtest/gtest.h>

namespace holdfast::server {
namespace {

engineio::HttpRequest login_request(std::string_view body) {
    engineio::HttpRequest request;
    request.method = "POST";
    request.path = "/api/host/login";
    request.body = body;
    request.remote_address = "192.0.2.1";
    request.headers = {{"Host", "quiz.example"}};
    return request;
}

std::string header_of(const engineio::HttpResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
        if (key == name) return value;
    }
    return {};
}

class HostAccessTest : public testing::Test {
  protected:
    ManualClock clock;
    HostAccess access{{.given = "the key"}, {"a secret of the server"}};
};

TEST_F(HostAccessTest, TheRightKeySetsACookieThatMakesAHost) {
    const auto response = access.log_in(login_request(R"({"key":"the key"})"), clock.now(), clock.unix_now());
    EXPECT_EQ(response.status, 204U);
    const std::string cookie = header_of(response, "Set-Cookie");
    EXPECT_NE(cookie.find("HttpOnly"), std::string::npos);
    EXPECT_NE(cookie.find("SameSite=Strict"), std::string::npos);
    EXPECT_EQ(cookie.find("Secure"), std::string::npos);
    EXPECT_EQ(cookie.find("the key"), std::string::npos);
    const auto begin = cookie.find('=') + 1;
    EXPECT_TRUE(access.is_cookie(cookie.substr(begin, cookie.find(';') - begin), clock.unix_now()));
}

TEST_F(HostAccessTest, ACookieOverTlsIsSecure) {
    auto request = login_request(R"({"key":"the key"})");
    request.secure = true;
    EXPECT_NE(header_of(access.log_in(request, clock.now(), clock.unix_now()), "Set-Cookie").find("; Secure"),
              std::string::npos);
}

TEST_F(HostAccessTest, CookiesThatAreForgedOldOrOfAnotherKeyAreRefused) {
    const std::string cookie = access.make_cookie(clock.unix_now());
    EXPECT_TRUE(access.is_cookie(cookie, clock.unix_now()));
    std::string later = cookie;
    later[0] = '9';
    EXPECT_FALSE(access.is_cookie(later, clock.unix_now()));
    EXPECT_FALSE(access.is_cookie("", clock.unix_now()));
    EXPECT_FALSE(access.is_cookie("1.2", clock.unix_now()));
    EXPECT_FALSE(
        HostAccess({.given = "new key"}, {"a secret of the server"}).is_cookie(cookie, clock.unix_now()));
    EXPECT_TRUE(
        HostAccess({.given = "the key"}, {"a secret of the server"}).is_cookie(cookie, clock.unix_now()))
        << "a restart does not log the host out";
    clock.advance(std::chrono::hours(24 * 31));
    EXPECT_FALSE(access.is_cookie(cookie, clock.unix_now()));
}

TEST_F(HostAccessTest, AfterAChangeOfTheSecretCookiesSignedWithTheOneBeforeAreGood) {
    const std::string cookie = access.make_cookie(clock.unix_now());
    access.use({.given = "the key"}, {"a newer secret", "a secret of the server"});
    EXPECT_TRUE(access.is_cookie(cookie, clock.unix_now()));
    EXPECT_TRUE(access.is_cookie(access.make_cookie(clock.unix_now()), clock.unix_now()));
    access.use({.given = "the key"}, {"a newer secret"});
    EXPECT_FALSE(access.is_cookie(cookie, clock.unix_now()));
}

TEST_F(HostAccessTest, TheLastingKeyAndTheOneOfThisRunAreBothGood) {
    SecureRandom random;
    access.use({.lasting_hash = hash_host_key("kept with the data", random), .of_this_run = "printed"},
               {"s"});
    for (const char* key : {"kept with the data", "printed", "kept with the data"}) {
        EXPECT_TRUE(access.admits(key, "192.0.2.1", clock.now())) << key;
    }
    for (const char* key : {"", "the key", "Printed", "scrypt$"}) {
        EXPECT_FALSE(access.admits(key, "192.0.2.1", clock.now())) << key;
    }
}

TEST_F(HostAccessTest, ManyAddressesTogetherCannotKeepTheServerBusyWithHashing) {
    SecureRandom random;
    access.use({.lasting_hash = hash_host_key("kept with the data", random), .of_this_run = "printed"},
               {"s"});
    EXPECT_TRUE(access.admits("kept with the data", "192.0.2.1", clock.now()));
    for (std::size_t guess = 1; guess < limits::host_key_checks_per_minute; ++guess)
        EXPECT_FALSE(access.admits("guess", "198.51.100." + std::to_string(guess), clock.now()));
    auto next = login_request(R"({"key":"guess"})");
    EXPECT_EQ(access.log_in(next, clock.now(), clock.unix_now()).status, 429U) << "not even looked at";
    EXPECT_TRUE(access.admits("kept with the data", "192.0.2.1", clock.now())) << "known to be right";
    EXPECT_TRUE(access.admits("printed", "192.0.2.1", clock.now()));
}

TEST_F(HostAccessTest, WrongKeysAreLimitedPerAddressAndMinute) {
    for (std::size_t attempt = 0; attempt < limits::wrong_host_keys_per_minute; ++attempt) {
        EXPECT_EQ(access.log_in(login_request(R"({"key":"guess"})"), clock.now(), clock.unix_now()).status,
                  401U);
    }
    EXPECT_EQ(access.log_in(login_request(R"({"key":"the key"})"), clock.now(), clock.unix_now()).status,
              429U);
    auto other = login_request(R"({"key":"the key"})");
    other.remote_address = "192.0.2.2";
    EXPECT_EQ(access.log_in(other, clock.now(), clock.unix_now()).status, 204U) << "others may still log in";
    clock.advance(std::chrono::seconds(61));
    EXPECT_EQ(access.log_in(login_request(R"({"key":"the key"})"), clock.now(), clock.unix_now()).status,
              204U);
}

TEST_F(HostAccessTest, WhatIsNoLoginIsRefused) {
    for (const char* body : {"", "{", "[]", "{}", R"({"key":7})", "null"}) {
        EXPECT_EQ(access.log_in(login_request(body), clock.now(), clock.unix_now()).status, 400U) << body;
    }
    auto foreign = login_request(R"({"key":"the key"})");
    foreign.headers.emplace_back("Origin", "http://evil.example");
    EXPECT_EQ(access.log_in(foreign, clock.now(), clock.unix_now()).status, 403U);
    EXPECT_EQ(access.log_out(foreign).status, 403U);
}

TEST_F(HostAccessTest, WhatTheBrowserSaysOfASiteCountsAlsoBehindAProxyThatChangesHost) {
    const auto status = [&](std::string_view site) {
        auto request = login_request(R"({"key":"the key"})");
        request.headers = {{"Host", "127.0.0.1:8080"}, {"Origin", "https://quiz.example"}};
        if (!site.empty()) request.headers.emplace_back("Sec-Fetch-Site", site);
        return access.log_in(request, clock.now(), clock.unix_now()).status;
    };
    EXPECT_EQ(status("same-origin"), 204U);
    EXPECT_EQ(status("same-site"), 403U);
    EXPECT_EQ(status("cross-site"), 403U);
    EXPECT_EQ(status(""), 403U) << "an old browser behind such a proxy";
}

TEST_F(HostAccessTest, LoggingOutTakesTheCookieAway) {
    const auto response = access.log_out(login_request(""));
    EXPECT_NE(header_of(response, "Set-Cookie").find("Max-Age=0"), std::string::npos);
}

TEST(AddressCounterTest, RemembersABoundedNumberOfAddresses) {
    ManualClock clock;
    AddressCounter counter(1);
    counter.count("first", clock.now());
    EXPECT_TRUE(counter.over("first", clock.now()));
    for (std::size_t index = 0; index < limits::remembered_addresses; ++index) {
        counter.count("address " + std::to_string(index), clock.now());
    }
    EXPECT_FALSE(counter.over("first", clock.now()));
}

}  // namespace
}  // namespace holdfast::server
