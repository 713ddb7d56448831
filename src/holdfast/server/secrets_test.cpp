#include "holdfast/server/secrets.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace holdfast::server {
namespace {

using namespace std::chrono_literals;

constexpr UnixTime today{1'700'000'000'000};

UnixTime after(Milliseconds time) {
    return {today.milliseconds + time.count()};
}

class SecretsTest : public testing::Test {
  protected:
    void SetUp() override {
        path = (std::filesystem::temp_directory_path() /
                ("holdfast-secrets-" + std::to_string(reinterpret_cast<std::uintptr_t>(this))))
                   .string();
        std::filesystem::remove(path);
    }
    void TearDown() override { std::filesystem::remove(path); }

    Result<Secrets, std::string> load(const GivenSecrets& given = {}, UnixTime now = today) {
        return load_secrets(path, given, random, now);
    }
    [[nodiscard]] std::string file() const {
        std::ifstream stream(path);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    void write(const std::string& text) const {
        std::ofstream(path) << text;
        ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
    }

    std::string path;
    SecureRandom random;
};

TEST_F(SecretsTest, AreMadeOnceAndStayTheSame) {
    const auto first = load();
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->host_key_is_new);
    EXPECT_EQ(first->tokens.current.size(), 32U);
    const auto second = load();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->tokens.current, first->tokens.current);
    EXPECT_FALSE(second->host_key_is_new);
    EXPECT_TRUE(host_key_matches(first->link_key, second->host_keys.lasting_hash));
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(SecretsTest, TheFileDoesNotTellTheHostKey) {
    const auto first = load();
    ASSERT_TRUE(first);
    EXPECT_EQ(file().find(first->link_key), std::string::npos);
    EXPECT_FALSE(host_key_matches("another key", first->host_keys.lasting_hash));
}

TEST_F(SecretsTest, EachFurtherStartHasALinkOfItsOwn) {
    ASSERT_TRUE(load());
    const auto second = load();
    const auto third = load();
    ASSERT_TRUE(second && third);
    EXPECT_FALSE(second->link_key.empty());
    EXPECT_EQ(second->link_key, second->host_keys.of_this_run);
    EXPECT_NE(second->link_key, third->link_key);
    EXPECT_EQ(file().find(third->link_key), std::string::npos);
}

TEST_F(SecretsTest, AHostKeyThatSomebodyWroteIntoTheFileIsReplacedByItsHash) {
    const std::string secret = random.base64url(32);
    write("token_secret=" + secret + "\nhost_key=my own key\n");
    const auto loaded = load();
    ASSERT_TRUE(loaded);
    EXPECT_TRUE(host_key_matches("my own key", loaded->host_keys.lasting_hash));
    EXPECT_EQ(file().find("my own key"), std::string::npos);
    EXPECT_NE(file().find(secret), std::string::npos);
    EXPECT_EQ(load()->host_keys.lasting_hash, loaded->host_keys.lasting_hash);
}

TEST_F(SecretsTest, GivenOnesAreUsedAndNotWritten) {
    const GivenSecrets given{"given by hand", "a token secret of more than 32 bytes",
                             "the one before, also of 32"};
    const auto loaded = load(given);
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->host_keys.given, given.host_key);
    EXPECT_TRUE(loaded->host_keys.lasting_hash.empty()) << "only the given key opens the door";
    EXPECT_TRUE(loaded->link_key.empty()) << "whoever has chosen it knows it";
    EXPECT_EQ(loaded->tokens.current, given.token_secret);
    EXPECT_EQ(loaded->tokens.before, given.token_secret_before);
    for (const std::string& text : {given.host_key, given.token_secret, given.token_secret_before})
        EXPECT_EQ(file().find(text), std::string::npos);
}

TEST_F(SecretsTest, AfterARotationTheSecretBeforeIsReadUntilItsTimeIsOver) {
    const auto first = load();
    ASSERT_TRUE(first && rotate_token_secret(path, random, after(24h)));
    const auto during = load({}, after(23h));
    ASSERT_TRUE(during);
    EXPECT_NE(during->tokens.current, first->tokens.current);
    EXPECT_EQ(during->tokens.before, first->tokens.current);
    EXPECT_EQ(during->tokens.before_until, after(24h));
    EXPECT_TRUE(host_key_matches(first->link_key, during->host_keys.lasting_hash));
    const auto later = load({}, after(25h));
    ASSERT_TRUE(later);
    EXPECT_EQ(later->tokens.current, during->tokens.current);
    EXPECT_TRUE(later->tokens.before.empty());
}

TEST_F(SecretsTest, ANewHostKeyReplacesTheOldOne) {
    const auto first = load();
    ASSERT_TRUE(first);
    const auto key = renew_host_key(path, random);
    ASSERT_TRUE(key);
    const auto second = load();
    EXPECT_TRUE(host_key_matches(*key, second->host_keys.lasting_hash));
    EXPECT_FALSE(host_key_matches(first->link_key, second->host_keys.lasting_hash));
    EXPECT_EQ(second->tokens.current, first->tokens.current);
}

TEST_F(SecretsTest, WithoutAFileThereIsNothingToRotate) {
    EXPECT_FALSE(rotate_token_secret(path, random, after(24h)));
    EXPECT_FALSE(renew_host_key(path, random));
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(SecretsTest, ADamagedOrPublicFileIsRefusedWithASentence) {
    const std::string good = "token_secret=" + random.base64url(32) + "\n";
    for (const std::string& text :
         {std::string("token_secret=short\nhost_key=x\n"), good, good + "host_key_hash=scrypt$x$y\n",
          good + "host_key=x\ntoken_secret_before=short\n", std::string()}) {
        write(text);
        EXPECT_FALSE(load()) << text;
        EXPECT_EQ(file(), text) << "what is damaged is left as it is";
    }
    ::chmod(path.c_str(), 0644);
    const auto readable = load();
    ASSERT_FALSE(readable);
    EXPECT_NE(readable.error().find("chmod 600"), std::string::npos);
}

}  // namespace
}  // namespace holdfast::server
