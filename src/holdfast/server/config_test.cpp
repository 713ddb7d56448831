#include "holdfast/server/config.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace holdfast::server {
namespace {

Environment environment_of(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const std::string& name) {
        const auto found = values.find(name);
        return found == values.end() ? std::string() : found->second;
    };
}

class ConfigFile {
  public:
    explicit ConfigFile(const std::string& text)
        : path_(std::filesystem::temp_directory_path() /
                ("holdfast-config-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)) + ".toml")) {
        std::ofstream(path_) << text;
    }
    ~ConfigFile() { std::filesystem::remove(path_); }
    ConfigFile(const ConfigFile&) = delete;
    ConfigFile& operator=(const ConfigFile&) = delete;
    [[nodiscard]] std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

TEST(Config, WithoutOptionsTheDefaultsAreUsed) {
    const auto config = read_config({"serve"}, environment_of({}));
    ASSERT_TRUE(config);
    EXPECT_EQ(config->listen, "127.0.0.1:8080");
    EXPECT_EQ(config->seats_per_team, 2);
    EXPECT_EQ(config->grace_seconds, 3600);
    EXPECT_EQ(config->token_life_seconds, 3600);
}

TEST(Config, TheCommandLineGoesBeforeTheEnvironmentAndThatBeforeTheFile) {
    const ConfigFile file(
        "seats-per-team = 3\ngrace-seconds = 30\ntoken-life-seconds = 31\nallowed-origin = ['http://a', "
        "'http://b']\n");
    const auto config =
        read_config({"serve", "--config", file.path(), "--seats-per-team", "5"},
                    environment_of({{"HOLDFAST_SEATS_PER_TEAM", "4"}, {"HOLDFAST_GRACE_SECONDS", "40"}}));
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->seats_per_team, 5);
    EXPECT_EQ(config->grace_seconds, 40);
    EXPECT_EQ(config->token_life_seconds, 31);
    EXPECT_EQ(config->allowed_origins, (std::vector<std::string>{"http://a", "http://b"}));
}

TEST(Config, EveryOptionCanStandInTheEnvironment) {
    const auto config = read_config({"serve"}, environment_of({{"HOLDFAST_LISTEN", "0.0.0.0:9000"},
                                                               {"HOLDFAST_STORE", "memory:"},
                                                               {"HOLDFAST_HOST_KEY", "secret-key"},
                                                               {"HOLDFAST_PING_INTERVAL_MS", "200"},
                                                               {"HOLDFAST_LOG_FORMAT", "json"}}));
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->listen, "0.0.0.0:9000");
    EXPECT_EQ(config->store, "memory:");
    EXPECT_EQ(config->host_key, "secret-key");
    EXPECT_EQ(config->ping_interval_milliseconds, 200);
    EXPECT_EQ(config->log_format, LogFormat::json);
}

TEST(Config, TasksOnTheKeysNeedOnlyTheStore) {
    const auto by_option = read_config({"host-key", "--store", "sqlite:a.db"}, environment_of({}));
    ASSERT_TRUE(by_option) << by_option.error().message;
    EXPECT_EQ(by_option->task, Task::new_host_key);
    EXPECT_EQ(by_option->store, "sqlite:a.db");
    const auto by_environment = read_config({"rotate-secret", "--keep-days", "2"},
                                            environment_of({{"HOLDFAST_STORE", "sqlite:b.db"}}));
    ASSERT_TRUE(by_environment) << by_environment.error().message;
    EXPECT_EQ(by_environment->task, Task::new_token_secret);
    EXPECT_EQ(by_environment->store, "sqlite:b.db");
    EXPECT_EQ(by_environment->keep_secret_days, 2);
    EXPECT_EQ(read_config({"host-key"}, environment_of({}))->store, "sqlite:./holdfast.db");
    EXPECT_FALSE(read_config({"host-key", "--store", "memory:"}, environment_of({})));
    EXPECT_EQ(read_config({"host-key", "--help"}, environment_of({})).error().exit_code, 0);
}

TEST(Config, SecretsFromTheEnvironmentAreLongEnough) {
    const std::string secret(32, 's');
    const auto good = read_config(
        {"serve"},
        environment_of({{"HOLDFAST_TOKEN_SECRET", secret}, {"HOLDFAST_TOKEN_SECRET_BEFORE", secret + "b"}}));
    ASSERT_TRUE(good) << good.error().message;
    EXPECT_EQ(good->token_secret, secret);
    EXPECT_EQ(good->token_secret_before, secret + "b");
    EXPECT_FALSE(read_config({"serve"}, environment_of({{"HOLDFAST_TOKEN_SECRET", secret.substr(1)}})));
    EXPECT_FALSE(read_config({"serve"}, environment_of({{"HOLDFAST_TOKEN_SECRET_BEFORE", secret}})));
}

TEST(Config, WhatDoesNotFitIsRefusedWithASentence) {
    const std::vector<std::vector<std::string>> wrong = {
        {},
        {"dance"},
        {"serve", "--listen", "8080"},
        {"serve", "--listen", "127.0.0.1:99999"},
        {"serve", "--store", "postgres:x"},
        {"serve", "--seats-per-team", "9"},
        {"serve", "--seats-per-team", "0"},
        {"serve", "--grace-seconds", "soon"},
        {"serve", "--web", "/does/not/exist"},
        {"serve", "--unknown"},
        {"serve", "--host-key", "abc"},
    };
    for (const auto& arguments : wrong) {
        const auto config = read_config(arguments, environment_of({}));
        ASSERT_FALSE(config) << testing::PrintToString(arguments);
        EXPECT_EQ(config.error().exit_code, 2);
        EXPECT_GT(config.error().message.size(), 20U);
    }
}

TEST(Config, WrongValuesInTheEnvironmentAndTheFileAreRefusedToo) {
    EXPECT_FALSE(read_config({"serve"}, environment_of({{"HOLDFAST_THREADS", "many"}})));
    const ConfigFile unknown("colour = 'red'\n");
    EXPECT_FALSE(read_config({"serve", "--config", unknown.path()}, environment_of({})));
    const ConfigFile broken("listen = \n");
    EXPECT_FALSE(read_config({"serve", "--config", broken.path()}, environment_of({})));
    const ConfigFile wrong("seats-per-team = 12\n");
    EXPECT_FALSE(read_config({"serve", "--config", wrong.path()}, environment_of({})));
}

TEST(Config, HelpAndVersionAreNoErrors) {
    for (const char* flag : {"--help", "--version"}) {
        const auto config = read_config({flag}, environment_of({}));
        ASSERT_FALSE(config);
        EXPECT_EQ(config.error().exit_code, 0);
    }
    const auto help = read_config({"serve", "--help"}, environment_of({}));
    ASSERT_FALSE(help);
    EXPECT_NE(help.error().message.find("--grace-seconds"), std::string::npos);
    EXPECT_NE(help.error().message.find("Examples"), std::string::npos);
}

TEST(Config, ListenAddressesOfBothFamilies) {
    EXPECT_EQ(parse_listen("[::1]:80")->host, "::1");
    EXPECT_EQ(parse_listen("localhost:80")->host, "127.0.0.1");
    EXPECT_EQ(parse_listen("0.0.0.0:65535")->port, 65535);
    EXPECT_FALSE(parse_listen("host"));
    EXPECT_FALSE(parse_listen(":80"));
    EXPECT_FALSE(parse_listen("a:"));
    EXPECT_FALSE(parse_listen("a:8x"));
}

TEST(Config, CoreFilesAreLeftOnlyWhereThatIsAskedFor) {
    EXPECT_FALSE(read_config({"serve"}, environment_of({}))->core_dumps);
    EXPECT_TRUE(read_config({"serve"}, environment_of({{"HOLDFAST_CORE_DUMPS", "on"}}))->core_dumps);
}

TEST(Config, WebSocketsAreCompressedOnlyWhereThatIsAskedFor) {
    EXPECT_FALSE(read_config({"serve"}, environment_of({}))->websocket_compression);
    EXPECT_TRUE(
        read_config({"serve", "--websocket-compression", "on"}, environment_of({}))->websocket_compression);
    EXPECT_TRUE(read_config({"serve"}, environment_of({{"HOLDFAST_WEBSOCKET_COMPRESSION", "on"}}))
                    ->websocket_compression);
    EXPECT_FALSE(read_config({"serve", "--websocket-compression", "yes"}, environment_of({})));
}

}  // namespace
}  // namespace holdfast::server
