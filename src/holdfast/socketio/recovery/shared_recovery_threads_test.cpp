// Servers that share a log, on threads of their own: for the thread sanitizer, and for orders that nobody
// thought of.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "holdfast/socketio/recovery/shared_recovery_test_support.hpp"

namespace holdfast::socketio {
namespace {

constexpr std::size_t servers = 3;
constexpr std::size_t clients = 6;
constexpr int hops = 12;
constexpr int texts_each = 150;

/// A server with its thread, which does what is posted to it.
struct ThreadedServer {
    void post(std::function<void()> function) {
        {
            const std::lock_guard lock(mutex);
            posted.push_back(std::move(function));
        }
        wake.notify_one();
    }
    void run() {
        std::unique_lock lock(mutex);
        while (!stopping) {
            wake.wait(lock, [this] { return stopping || !posted.empty(); });
            while (!posted.empty()) {
                auto function = std::move(posted.front());
                posted.pop_front();
                lock.unlock();
                function();
                function = nullptr;
                lock.lock();
            }
        }
    }
    void stop() {
        {
            const std::lock_guard lock(mutex);
            stopping = true;
        }
        wake.notify_one();
    }

    std::mutex mutex;
    std::condition_variable wake;
    std::deque<std::function<void()>> posted;
    bool stopping = false;
    SeededRandom random{1};
    FakeSessions output;
    std::unique_ptr<Hub> hub;
    engineio::SessionId last_session = 0;
    std::thread thread;
};

class Threads {
  public:
    Threads() : shared_(share_recovery(std::make_unique<MemoryRecoveryLog>("thread"))) {
        for (std::size_t index = 0; index < servers; ++index) {
            servers_.push_back(std::make_unique<ThreadedServer>());
            auto& server = *servers_.back();
            server.random = SeededRandom(index + 1);
            Settings settings;
            settings.adapter = [this, index](std::string_view nsp, LocalSockets& sockets) {
                return std::make_unique<SharedNodesAdapter>(no_nodes_, index, nsp, sockets);
            };
            server.hub = std::make_unique<Hub>(settings, server.random, server.output);
            server.output.listener = server.hub.get();
            RecoverySettings recovery;
            recovery.shared = shared_;
            recovery.post = [&server](std::function<void()> function) { server.post(std::move(function)); };
            EXPECT_TRUE(server.hub->enable_recovery(std::move(recovery)));
        }
        for (auto& server : servers_)
            server->thread = std::thread([&server = *server] { server.run(); });
    }
    ~Threads() {
        for (auto& server : servers_)
            server->stop();
        for (auto& server : servers_)
            server->thread.join();
        for (auto& server : servers_)
            server->hub.reset();
    }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;

    ThreadedServer& server(std::size_t index) { return *servers_[index % servers]; }

    /// On a server's thread: the client connects, reads until it is welcome, stays for a moment, is cut off
    /// or just appears elsewhere, and goes on there.
    void visit(StockClient& client, std::size_t index, int left) {
        auto& here = server(index);
        client.session = ++here.last_session;
        client.connected = false;
        here.hub->on_open(client.session, std::make_shared<engineio::Handshake>());
        here.hub->on_message(client.session, client.greeting(), false);
        wait_and_go_on(client, index, left, 0);
    }
    void wait_and_go_on(StockClient& client, std::size_t index, int left, int turns) {
        auto& here = server(index);
        for (const auto& text : std::exchange(here.output.sessions[client.session].sent, {}))
            client.hear(text);
        if (!client.connected || turns < 20) {
            const int next = client.connected ? turns + 1 : 0;
            here.post([this, &client, index, left, next] { wait_and_go_on(client, index, left, next); });
            return;
        }
        if (left == 0) {
            ++settled_;
            return;
        }
        if (left % 2 == 0) {
            here.output.sessions[client.session].closed = engineio::CloseReason::transport_close;
            here.hub->on_close(client.session, engineio::CloseReason::transport_close);
        }
        server(index + static_cast<std::size_t>(left)).post([this, &client, index, left] {
            visit(client, (index + static_cast<std::size_t>(left)) % servers, left - 1);
        });
    }
    void talk(std::size_t index, int left) {
        server(index).hub->of("/").broadcast(
            {}, "say", json::array{std::to_string(index) + "." + std::to_string(left)}, false);
        if (left == 0) {
            ++settled_;
            return;
        }
        server(index).post([this, index, left] { talk(index, left - 1); });
    }
    void until_settled(int count) const {
        while (settled_ < count)
            std::this_thread::yield();
    }
    /// Everything that was posted before, and what that has posted, has been done.
    void quiet() {
        for (int round = 0; round < 4; ++round) {
            std::atomic<std::size_t> done = 0;
            for (auto& server : servers_)
                server->post([&done] { ++done; });
            while (done < servers)
                std::this_thread::yield();
        }
    }

  private:
    SharedNodes no_nodes_;
    std::shared_ptr<SharedRecovery> shared_;
    std::vector<std::unique_ptr<ThreadedServer>> servers_;
    std::atomic<int> settled_ = 0;
};

TEST(SharedRecoveryThreads, ClientsThatWanderBetweenThreadsSeeTheSameInTheSameOrder) {
    std::vector<StockClient> everybody(clients);
    Threads threads;
    // One that stays is the measure of all others.
    for (std::size_t who = 0; who < clients; ++who) {
        threads.server(who).post(
            [&threads, &client = everybody[who], who] { threads.visit(client, who % servers, 0); });
    }
    threads.until_settled(clients);
    for (std::size_t who = 1; who < clients; ++who) {
        threads.server(who).post(
            [&threads, &client = everybody[who], who] { threads.visit(client, who % servers, hops); });
    }
    for (std::size_t index = 0; index < servers; ++index)
        threads.server(index).post([&threads, index] { threads.talk(index, texts_each - 1); });
    threads.until_settled(clients + (clients - 1) + servers);
    threads.quiet();
    const auto read = [&](std::size_t who, std::size_t where) {
        for (const auto& text :
             std::exchange(threads.server(where).output.sessions[everybody[who].session].sent, {}))
            everybody[who].hear(text);
        return everybody[who].heard();
    };
    const auto measure = read(0, 0);
    EXPECT_EQ(measure.size(), servers * texts_each);
    for (std::size_t who = 1; who < clients; ++who) {
        std::size_t where = who % servers;
        for (int left = hops; left > 0; --left)
            where = (where + static_cast<std::size_t>(left)) % servers;
        EXPECT_EQ(read(who, where), measure) << who;
        EXPECT_TRUE(everybody[who].recovered);
    }
}

}  // namespace
}  // namespace holdfast::socketio
