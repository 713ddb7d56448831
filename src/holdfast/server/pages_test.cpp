#include "holdfast/server/pages.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace holdfast::server {
namespace {

std::string body_of(const engineio::HttpResponse& response) {
    return response.shared_body ? *response.shared_body : response.body;
}

std::string header_of(const engineio::HttpResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
        if (key == name) return value;
    }
    return {};
}

engineio::HttpResponse get(const Pages& pages, std::string_view path) {
    engineio::HttpRequest request;
    request.method = "GET";
    request.path = path;
    return pages.answer(request);
}

class FolderTest : public testing::Test {
  protected:
    void SetUp() override {
        root = std::filesystem::temp_directory_path() /
               ("holdfast-pages-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)));
        std::filesystem::create_directories(root / "web" / "assets");
        write("web/index.html", "first page");
        write("web/about.html", "about");
        write("web/assets/app.js", "code");
        write("web/.hidden", "hidden");
        write("secret.txt", "secret");
        std::filesystem::create_symlink(root / "secret.txt", root / "web" / "link.txt");
        std::filesystem::create_directory_symlink(root, root / "web" / "up");
    }
    void TearDown() override { std::filesystem::remove_all(root); }
    void write(const std::string& path, const std::string& text) { std::ofstream(root / path) << text; }

    std::filesystem::path root;
};

TEST_F(FolderTest, TheFirstPageFilesAndNamesWithoutEndingAreFound) {
    const auto pages = Pages::from_folder((root / "web").string());
    ASSERT_TRUE(pages);
    EXPECT_EQ(body_of(get(*pages, "/")), "first page");
    EXPECT_EQ(body_of(get(*pages, "/about")), "about");
    EXPECT_EQ(body_of(get(*pages, "/about.html")), "about");
    const auto code = get(*pages, "/assets/app.js");
    EXPECT_EQ(body_of(code), "code");
    EXPECT_EQ(header_of(code, "Content-Type"), "text/javascript; charset=utf-8");
    EXPECT_EQ(get(*pages, "/nothing").status, 404U);
}

TEST_F(FolderTest, NothingOutsideTheFolderIsReachable) {
    const auto pages = Pages::from_folder((root / "web").string());
    ASSERT_TRUE(pages);
    for (const char* path : {"/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt",
                             "/assets/../../secret.txt", "//secret.txt", "/link.txt", "/up/secret.txt",
                             "/.hidden", "/..\\secret.txt", "/%2e%2e%5csecret.txt", "/index.html%00.js", "/%",
                             "/%zz", "secret.txt", "", "/assets/..", "/assets/."}) {
        const auto response = get(*pages, path);
        EXPECT_EQ(response.status, 404U) << path;
        EXPECT_EQ(body_of(response).find("secret"), std::string::npos) << path;
    }
}

TEST_F(FolderTest, SomebodysOwnPagesMayRunTheirOwnScripts) {
    const auto pages = Pages::from_folder((root / "web").string());
    ASSERT_TRUE(pages);
    EXPECT_EQ(header_of(get(*pages, "/"), "Content-Security-Policy"), "");
    EXPECT_EQ(header_of(get(*pages, "/"), "X-Content-Type-Options"), "nosniff");
}

TEST_F(FolderTest, AFolderWithoutAFirstPageIsRefused) {
    EXPECT_FALSE(Pages::from_folder((root / "web" / "assets").string()));
    EXPECT_FALSE(Pages::from_folder((root / "missing").string()));
}

TEST_F(FolderTest, AChangedFileShowsAtOnce) {
    const auto pages = Pages::from_folder((root / "web").string());
    ASSERT_TRUE(pages);
    write("web/index.html", "changed");
    EXPECT_EQ(body_of(get(*pages, "/")), "changed");
    EXPECT_EQ(header_of(get(*pages, "/"), "Cache-Control"), "no-cache");
}

TEST(EmbeddedPages, GoOutCompressedToThoseWhoCanReadThat) {
    const std::string long_text(5'000, 'x');
    const EmbeddedFile files[] = {{"/index.html", long_text}, {"/tiny.txt", "tiny"}};
    const Pages pages(files);
    engineio::HttpRequest request;
    request.method = "GET";
    request.path = "/";
    request.headers = {{"Accept-Encoding", "br, gzip"}};
    const auto compressed = pages.answer(request);
    EXPECT_EQ(header_of(compressed, "Content-Encoding"), "gzip");
    EXPECT_EQ(header_of(compressed, "Vary"), "Accept-Encoding");
    EXPECT_LT(body_of(compressed).size(), 200U);
    EXPECT_EQ(body_of(compressed).substr(0, 2), "\x1f\x8b");
    request.headers = {{"Accept-Encoding", "gzip;q=0"}};
    EXPECT_EQ(body_of(pages.answer(request)), long_text);
    request.path = "/tiny.txt";
    request.headers = {{"Accept-Encoding", "gzip"}};
    EXPECT_EQ(body_of(pages.answer(request)), "tiny") << "not worth it";
}

TEST(EmbeddedPages, AreTaggedCachedAndProtected) {
    const EmbeddedFile files[] = {{"/index.html", "page"}, {"/assets/app-1a2b.js", "code"}};
    const Pages pages(files);
    const auto page = get(pages, "/");
    EXPECT_EQ(body_of(page), "page");
    EXPECT_NE(header_of(page, "Content-Security-Policy").find("frame-ancestors 'none'"), std::string::npos);
    EXPECT_EQ(header_of(page, "Content-Security-Policy").find("unsafe"), std::string::npos);
    EXPECT_NE(header_of(get(pages, "/assets/app-1a2b.js"), "Cache-Control").find("immutable"),
              std::string::npos);

    const std::string tag = header_of(page, "ETag");
    engineio::HttpRequest again;
    again.method = "GET";
    again.path = "/";
    again.headers = {{"If-None-Match", tag}};
    EXPECT_EQ(pages.answer(again).status, 304U);
    again.method = "DELETE";
    EXPECT_EQ(pages.answer(again).status, 405U);
}

}  // namespace
}  // namespace holdfast::server
