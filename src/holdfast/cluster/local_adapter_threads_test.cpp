// Servers of one process, each on a thread of its own.
#include <condition_variable>
#include <mutex>
#include <thread>

#include "holdfast/cluster/adapter_contract_test_support.hpp"

namespace holdfast::cluster {
namespace {

/// A thread that runs what is posted to it, as a net thread does.
class Loop {
  public:
    Loop() : thread_([this] { run(); }) {}
    ~Loop() {
        post(nullptr);
        thread_.join();
    }
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void post(std::function<void()> function) {
        {
            const std::lock_guard lock(mutex_);
            queue_.push_back(std::move(function));
        }
        wake_.notify_one();
    }

  private:
    void run() {
        for (;;) {
            std::function<void()> next;
            {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, [this] { return !queue_.empty(); });
                next = std::move(queue_.front());
                queue_.pop_front();
            }
            if (!next) return;
            next();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> queue_;
    std::thread thread_;
};

TEST(LocalClusterThreads, ServersOnTheirOwnThreadsHearEachOtherInOrder) {
    constexpr int threads = 3;
    constexpr int broadcasts = 200;
    LocalCluster cluster;
    std::deque<Site> sites(threads);
    std::deque<Loop> loops(threads);
    std::mutex mutex;
    std::condition_variable changed;
    int done = 0;
    const auto everywhere = [&](const std::function<void(std::size_t)>& work) {
        done = 0;
        for (std::size_t i = 0; i < threads; ++i) {
            loops[i].post([&, i] {
                work(i);
                const std::lock_guard lock(mutex);
                ++done;
                changed.notify_one();
            });
        }
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return done == threads; });
    };
    everywhere([&](std::size_t i) {
        socketio::Settings settings;
        settings.adapter =
            cluster.add_server([&loop = loops[i]](std::function<void()> f) { loop.post(std::move(f)); });
        sites[i].random = SeededRandom(i);
        sites[i].hub = std::make_unique<Hub>(settings, sites[i].random, sites[i].output);
        sites[i].output.listener = sites[i].hub.get();
        sites[i].join();
    });
    everywhere([&](std::size_t i) {
        for (int n = 0; n < broadcasts; ++n) {
            sites[i].hub->of("/").broadcast({}, std::to_string(i), boost::json::array{n}, false);
        }
    });
    // What was posted before this runs before it.
    everywhere([&](std::size_t i) {
        const auto heard = sites[i].heard();
        EXPECT_EQ(heard.size(), static_cast<std::size_t>(threads * broadcasts));
        std::vector<int> next(threads);
        for (const auto& text : heard) {
            const auto sender = static_cast<std::size_t>(text[3] - '0');
            EXPECT_EQ(text, "2[\"" + std::to_string(sender) + "\"," + std::to_string(next[sender]++) + "]");
        }
    });
    everywhere([&](std::size_t i) { sites[i].hub.reset(); });
}
}  // namespace
}  // namespace holdfast::cluster
