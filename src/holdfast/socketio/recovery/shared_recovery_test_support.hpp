// For tests: several hubs that share one log, each with a queue of what was posted to it that the test runs
// when it likes, so that every order of things can be had on one thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/socketio/adapter.hpp"
#include "holdfast/socketio/recovery/recovery_test_support.hpp"

namespace holdfast::socketio {

class TestExclusion final : public Exclusion {
  public:
    void lock() override { mutex_.lock(); }
    void unlock() override { mutex_.unlock(); }

  private:
    std::mutex mutex_;
};

inline std::shared_ptr<SharedRecovery> share_recovery(std::unique_ptr<RecoveryLog> log,
                                                      const RecoveryLimits& limits = {}) {
    return std::make_shared<SharedRecovery>(std::move(log), limits, std::make_unique<TestExclusion>(),
                                            std::make_unique<TestExclusion>());
}

struct SharedNode;
using SharedNodes = std::vector<std::unique_ptr<SharedNode>>;

/// One server with what stands for its thread.
struct SharedNode {
    explicit SharedNode(std::uint64_t seed) : random(seed) {}

    void post(std::function<void()> function) { posted.push_back(std::move(function)); }
    bool run_one() {
        if (posted.empty()) return false;
        const auto function = std::move(posted.front());
        posted.pop_front();
        function();
        return true;
    }
    void run() {
        while (run_one()) {
        }
    }

    SeededRandom random;
    std::deque<std::function<void()>> posted;
    FakeSessions output;
    std::unique_ptr<Hub> hub;
    engineio::SessionId last_session = 0;
};

/// Carries volatile broadcasts to the other nodes; what recovery carries itself must not come here.
class SharedNodesAdapter final : public Adapter {
  public:
    SharedNodesAdapter(SharedNodes& nodes, std::size_t own, std::string_view nsp, LocalSockets& sockets)
        : nodes_(nodes), own_(own), nsp_(nsp), sockets_(sockets) {}

    std::size_t broadcast(const Audience& audience, const engineio::MessagePointer& packet,
                          bool is_volatile) override {
        EXPECT_TRUE(is_volatile) << "what recovery writes down goes by recovery";
        for (std::size_t index = 0; index < nodes_.size(); ++index) {
            if (index == own_ || !nodes_[index]) continue;
            nodes_[index]->post([hub = nodes_[index]->hub.get(), nsp = nsp_, audience, packet] {
                if (const auto found = hub->find(nsp)) {
                    dynamic_cast<LocalSockets&>(*found).send_local(audience, packet, true);
                }
            });
        }
        return sockets_.send_local(audience, packet, is_volatile);
    }
    void fetch(const Audience& audience, FetchHandler handler) override {
        handler(sockets_.describe_local(audience));
    }
    void join(const Audience& /*audience*/, std::string_view /*room*/) override { ADD_FAILURE(); }
    void leave(const Audience& /*audience*/, std::string_view /*room*/) override { ADD_FAILURE(); }
    void disconnect(const Audience& audience, bool close_transport) override {
        sockets_.disconnect_local(audience, close_transport);
    }
    void ask(const Audience& /*audience*/, EventMessagePointer /*event*/, Milliseconds /*timeout*/,
             AnswerCollectorPointer /*answers*/) override {}
    void server_emit(EventMessagePointer /*event*/) override {}
    void server_ask(EventMessagePointer /*event*/, Milliseconds /*timeout*/,
                    AnswerCollectorPointer /*answers*/) override {}

  private:
    SharedNodes& nodes_;
    std::size_t own_;
    std::string nsp_;
    LocalSockets& sockets_;
};

class SharedWorld {
  public:
    explicit SharedWorld(std::size_t count, std::function<void(Namespace&, std::size_t)> set_up = {})
        : set_up_(std::move(set_up)), count_(count) {
        start();
    }
    ~SharedWorld() { nodes.clear(); }
    SharedWorld(const SharedWorld&) = delete;
    SharedWorld& operator=(const SharedWorld&) = delete;

    void start() {
        nodes.clear();
        shared = share_recovery(std::make_unique<ManualLog>(disk), limits);
        for (std::size_t index = 0; index < count_; ++index)
            nodes.push_back(std::make_unique<SharedNode>(++seed_));
        for (std::size_t index = 0; index < count_; ++index)
            make_hub(index);
    }
    /// The process is gone.
    void kill() {
        disk->crash();
        start();
    }
    void run_all() {
        for (bool more = true; more;) {
            more = false;
            for (const auto& node : nodes)
                more = (node && node->run_one()) || more;
        }
    }
    void pass(Milliseconds time) {
        now += time;
        for (const auto& node : nodes) {
            if (node) node->hub->on_tick(now);
        }
    }
    Namespace& main(std::size_t index) { return nodes[index]->hub->of("/"); }

    /// A new connection on that node, on which the client says its greeting.
    void connect(StockClient& client, std::size_t index) {
        auto& node = *nodes[index];
        client.session = ++node.last_session;
        client.connected = false;
        node.hub->on_open(client.session, std::make_shared<engineio::Handshake>());
        node.hub->on_message(client.session, client.greeting(), false);
    }
    void read(StockClient& client, std::size_t index) {
        for (const auto& text : std::exchange(nodes[index]->output.sessions[client.session].sent, {}))
            client.hear(text);
    }
    void cut(StockClient& client, std::size_t index) {
        auto& node = *nodes[index];
        client.connected = false;
        if (node.output.sessions[client.session].closed) return;
        node.output.sessions[client.session].closed = engineio::CloseReason::transport_close;
        node.hub->on_close(client.session, engineio::CloseReason::transport_close);
    }
    void say(std::size_t index, const Audience& audience, std::string_view what) {
        main(index).broadcast(audience, "say", json::array{what}, false);
    }
    [[nodiscard]] std::size_t sockets() {
        std::size_t count = 0;
        for (std::size_t index = 0; index < nodes.size(); ++index) {
            if (nodes[index]) count += main(index).socket_count();
        }
        return count;
    }

    RecoveryLimits limits;
    std::shared_ptr<ManualDisk> disk = std::make_shared<ManualDisk>();
    std::shared_ptr<SharedRecovery> shared;
    RecordingLog log;
    SharedNodes nodes;
    Instant now{std::chrono::hours{1}};

  private:
    void make_hub(std::size_t index) {
        auto& node = *nodes[index];
        Settings settings;
        settings.log = &log;
        settings.adapter = [this, index](std::string_view nsp, LocalSockets& sockets) {
            return std::make_unique<SharedNodesAdapter>(nodes, index, nsp, sockets);
        };
        node.hub = std::make_unique<Hub>(settings, node.random, node.output);
        node.output.listener = node.hub.get();
        RecoverySettings recovery;
        recovery.shared = shared;
        recovery.post = [&node](std::function<void()> function) { node.post(std::move(function)); };
        EXPECT_TRUE(node.hub->enable_recovery(std::move(recovery)));
        node.hub->on_tick(now);
        if (set_up_) set_up_(node.hub->of("/"), index);
    }

    std::function<void(Namespace&, std::size_t)> set_up_;
    std::size_t count_;
    std::uint64_t seed_ = 100;
};

}  // namespace holdfast::socketio
