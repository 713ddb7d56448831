#include "holdfast/bench/options.hpp"

#include <gtest/gtest.h>

namespace {

using namespace holdfast::bench;

TEST(BenchOptions, DefaultsDependOnTheScenario) {
    const auto ack = read_options({"ack"});
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->scenario, Scenario::ack);
    EXPECT_EQ(ack->connections, 100);
    EXPECT_EQ(ack->in_flight, 1);
    EXPECT_EQ(ack->host, "127.0.0.1");
    EXPECT_EQ(ack->port, 8080);
    EXPECT_EQ(ack->path, "/socket.io/");
    const auto broadcast = read_options({"broadcast", "--protocol", "websocket"});
    ASSERT_TRUE(broadcast);
    EXPECT_EQ(broadcast->connections, 500);
    EXPECT_EQ(broadcast->path, "/");
}

TEST(BenchOptions, TakesWhatIsGivenBeforeAndBehindTheScenario) {
    const auto options = read_options({"--json", "idle", "--url", "http://[::1]:3000/live/", "--connections",
                                       "7", "--server-pid", "12", "13", "--namespace", "/game"});
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_TRUE(options->json);
    EXPECT_EQ(options->host, "::1");
    EXPECT_EQ(options->port, 3000);
    EXPECT_EQ(options->path, "/live/");
    EXPECT_EQ(options->connections, 7);
    EXPECT_EQ(options->server_processes, (std::vector<pid_t>{12, 13}));
    EXPECT_EQ(options->name_space, "/game");
}

TEST(BenchOptions, MistakesAreRefusedWithASentence) {
    const std::vector<std::vector<std::string>> mistakes{
        {},
        {"dance"},
        {"ack", "idle"},
        {"ack", "--connections", "0"},
        {"ack", "--in-flight", "many"},
        {"ack", "--seconds", "-1"},
        {"ack", "--url", "https://127.0.0.1"},
        {"ack", "--url", "127.0.0.1:80"},
        {"ack", "--url", "http://127.0.0.1:99999"},
        {"ack", "--url", "http://:80"},
        {"latency"},
        {"broadcast", "--connections", "1", "--talkers", "2"},
        {"seats", "--protocol", "websocket"},
        {"storm"},
        {"storm", "--restart-command", "true"},
        {"storm", "--restart-command", "true", "--serve", "true"},
        {"ack", "--serve", "true", "--server-pid", "1"},
    };
    for (const auto& arguments : mistakes) {
        const auto options = read_options(arguments);
        std::string line;
        for (const std::string& argument : arguments)
            line += argument + " ";
        ASSERT_FALSE(options) << line;
        EXPECT_EQ(options.error().exit_code, 2) << line;
        EXPECT_FALSE(options.error().message.empty()) << line;
    }
}

TEST(BenchOptions, HelpNamesEveryScenario) {
    const auto help = read_options({"--help"});
    ASSERT_FALSE(help);
    EXPECT_EQ(help.error().exit_code, 0);
    for (const char* name : {"ack", "latency", "broadcast", "connect", "idle", "seats", "storm", "lobby"})
        EXPECT_NE(help.error().message.find(std::string("\n  ") + name), std::string::npos) << name;
}

}  // namespace
