#include "holdfast/client_files/client_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "holdfast/base/decompression_test_support.hpp"

namespace holdfast::client_files {
namespace {

using engineio::HttpRequest;
using engineio::HttpResponse;
using ::testing::HasSubstr;

const std::string source(3000, 's');
const EmbeddedFile files[] = {
    {"/socket.io.js", source}, {"/socket.io.js.map", "{\"version\":3}"}, {"/socket.io.esm.min.js", "esm"}};

HttpRequest request(std::string_view path, std::string_view method = "GET",
                    std::vector<std::pair<std::string_view, std::string_view>> headers = {}) {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.headers = std::move(headers);
    return request;
}

std::string header(const HttpResponse& response, std::string_view wanted) {
    for (const auto& [name, value] : response.headers) {
        if (name == wanted) return value;
    }
    return {};
}

TEST(ClientFiles, AreServedWithTheirTypeAndTheVersionAsTag) {
    const ClientFiles served("/socket.io/", files, "4.8.4");
    const auto script = served.answer(request("/socket.io/socket.io.js"));
    ASSERT_TRUE(script);
    EXPECT_EQ(script->status, 200U);
    EXPECT_EQ(*script->shared_body, source);
    EXPECT_EQ(header(*script, "Content-Type"), "application/javascript; charset=utf-8");
    EXPECT_EQ(header(*script, "ETag"), "\"4.8.4\"");
    EXPECT_EQ(header(*script, "Cache-Control"), "public, max-age=0");
    const auto map = served.answer(request("/socket.io/socket.io.js.map"));
    EXPECT_EQ(header(*map, "Content-Type"), "application/json; charset=utf-8");
    EXPECT_EQ(*map->shared_body, "{\"version\":3}");
}

TEST(ClientFiles, ATagThatMatchesGets304) {
    const ClientFiles served("/socket.io/", files, "4.8.4");
    for (const char* tag : {"\"4.8.4\"", "W/\"4.8.4\"", "\"1\", W/\"4.8.4\"", "*"}) {
        const auto answer =
            served.answer(request("/socket.io/socket.io.js", "GET", {{"If-None-Match", tag}}));
        EXPECT_EQ(answer->status, 304U) << tag;
        EXPECT_EQ(answer->shared_body, nullptr);
        EXPECT_EQ(header(*answer, "ETag"), "\"4.8.4\"");
    }
    for (const char* tag : {"\"4.8.3\"", "4.8.4", "", "\"4.8.40\""}) {
        EXPECT_EQ(served.answer(request("/socket.io/socket.io.js", "GET", {{"If-None-Match", tag}}))->status,
                  200U)
            << tag;
    }
}

TEST(ClientFiles, AreCompressedOnceForThoseWhoTakeIt) {
    const ClientFiles served("/socket.io/", files, "4.8.4");
    const auto get = [&](const char* encodings) {
        return *served.answer(request("/socket.io/socket.io.js", "GET", {{"Accept-Encoding", encodings}}));
    };
    const auto packed = get("br, GZIP;q=0.5");
    EXPECT_EQ(header(packed, "Content-Encoding"), "gzip");
    EXPECT_EQ(header(packed, "Vary"), "Accept-Encoding");
    EXPECT_EQ(holdfast::testing::decompressed(*packed.shared_body), source);
    EXPECT_EQ(get("gzip").shared_body, packed.shared_body);
    for (const char* none : {"", "identity", "gzip;q=0", "gzip;q=0.0", "xgzip"}) {
        EXPECT_EQ(header(get(none), "Content-Encoding"), "") << none;
        EXPECT_EQ(*get(none).shared_body, source) << none;
    }
}

TEST(ClientFiles, CanOnlyBeRead) {
    const ClientFiles served("/socket.io/", files, "4.8.4");
    EXPECT_EQ(served.answer(request("/socket.io/socket.io.js", "HEAD"))->status, 200U);
    for (const char* method : {"POST", "PUT", "DELETE", "get"}) {
        const auto answer = served.answer(request("/socket.io/socket.io.js", method));
        EXPECT_EQ(answer->status, 405U) << method;
        EXPECT_EQ(header(*answer, "Allow"), "GET, HEAD");
    }
    EXPECT_FALSE(served.answer(request("/socket.io/socket.io.js", "OPTIONS"))) << "CORS answers";
}

TEST(ClientFiles, OtherPathsAreNotTheirs) {
    const ClientFiles served("/elsewhere/", files, "4.8.4");
    EXPECT_TRUE(served.answer(request("/elsewhere/socket.io.js")));
    for (const char* path :
         {"/socket.io/socket.io.js", "/elsewhere/", "/elsewhere/socket.io.jsx", "/elsewhere/../socket.io.js",
          "/elsewhere/x/socket.io.js", "/elsewhere/%73ocket.io.js", "/elsewhere/package.json"}) {
        EXPECT_FALSE(served.answer(request(path))) << path;
    }
}

TEST(ClientFiles, ABuildWithoutThemSaysSo) {
    const ClientFiles none("/socket.io/", {}, "");
    EXPECT_FALSE(none.available());
    const auto answer = none.answer(request("/socket.io/socket.io.min.js"));
    EXPECT_EQ(answer->status, 404U);
    EXPECT_THAT(answer->body, HasSubstr("built without"));
}

TEST(ClientFiles, ThoseBuiltInAreComplete) {
    const ClientFiles built_in;
    EXPECT_EQ(built_in.available(), !embedded_version().empty());
    if (!built_in.available()) GTEST_SKIP() << "this build has none (HOLDFAST_WEB=OFF)";
    for (const char* bundle :
         {"socket.io.js", "socket.io.min.js", "socket.io.msgpack.min.js", "socket.io.esm.min.js"}) {
        const std::string path = "/socket.io/" + std::string(bundle);
        const auto script = built_in.answer(request(path));
        ASSERT_EQ(script->status, 200U) << bundle;
        EXPECT_THAT(*script->shared_body, HasSubstr("Socket.IO v" + std::string(built_in.version())))
            << bundle;
        EXPECT_EQ(built_in.answer(request(path + ".map"))->status, 200U) << bundle;
    }
}

}  // namespace
}  // namespace holdfast::client_files
