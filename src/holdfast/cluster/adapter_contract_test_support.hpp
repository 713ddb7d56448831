// For tests of adapters: servers that an implementation joins, each with what was posted to it.
#pragma once

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "holdfast/cluster/local_adapter.hpp"
#include "holdfast/socketio/fake_sessions.hpp"

namespace holdfast::cluster {

using socketio::Audience;
using socketio::BroadcastAnswers;
using socketio::FetchError;
using socketio::Hub;
using socketio::Texts;

/// One server with its clients, and what was posted to it.
struct Site {
    SeededRandom random{0};
    socketio::FakeSessions output;
    std::unique_ptr<Hub> hub;
    std::deque<std::function<void()>> posted;
    engineio::SessionId last_session = 0;

    /// A client that has joined; its socket.
    socketio::SocketPointer join(std::string_view nsp = "/") {
        socketio::SocketPointer joined;
        const auto listener =
            hub->of(nsp).on_connection([&](const socketio::SocketPointer& socket) { joined = socket; });
        hub->on_open(++last_session, std::make_shared<engineio::Handshake>());
        hub->on_message(last_session, "0" + std::string(nsp == "/" ? "" : nsp), false);
        hub->of(nsp).off(listener);
        output.sessions[last_session].sent.clear();
        return joined;
    }
    /// What this site's clients heard, one after another.
    Texts heard() {
        Texts all;
        for (auto& [session, state] : output.sessions) {
            all.insert(all.end(), state.sent.begin(), state.sent.end());
            state.sent.clear();
        }
        return all;
    }
};

/// Makes the adapters of a cluster. One for each implementation.
class Implementation {
  public:
    virtual ~Implementation() = default;
    [[nodiscard]] virtual socketio::AdapterFactory adapter_for(Site& site) = 0;
};

class NoAdapter final : public Implementation {
  public:
    socketio::AdapterFactory adapter_for(Site& /*site*/) override { return {}; }
};

class Local final : public Implementation {
  public:
    socketio::AdapterFactory adapter_for(Site& site) override {
        return cluster_.add_server(
            [&site](std::function<void()> function) { site.posted.push_back(std::move(function)); });
    }

  private:
    LocalCluster cluster_;
};

struct Setup {
    const char* name;
    std::function<std::unique_ptr<Implementation>()> make;
    std::size_t servers;
};

class AdapterContract : public testing::TestWithParam<Setup> {
  protected:
    AdapterContract() : implementation_(GetParam().make()), sites_(GetParam().servers) {
        for (std::size_t i = 0; i < sites_.size(); ++i) {
            auto& site = sites_[i];
            site.random = SeededRandom(i);
            socketio::Settings settings;
            settings.adapter = implementation_->adapter_for(site);
            site.hub = std::make_unique<Hub>(settings, site.random, site.output);
            site.output.listener = site.hub.get();
        }
    }

    socketio::Namespace& main(std::size_t site = 0) { return sites_[site].hub->of("/"); }
    Site& last() { return sites_.back(); }
    /// Runs everything that was posted, and what that posts.
    void settle() {
        for (bool any = true; any;) {
            any = false;
            for (auto& site : sites_) {
                while (!site.posted.empty()) {
                    const auto function = std::move(site.posted.front());
                    site.posted.pop_front();
                    function();
                    any = true;
                }
            }
        }
    }
    Texts heard_by_all() {
        Texts all;
        for (auto& site : sites_) {
            for (auto& text : site.heard())
                all.push_back(std::move(text));
        }
        return all;
    }

    /// Time passes on every server that is there.
    void pass(Milliseconds time) {
        now_ += time;
        for (auto& site : sites_) {
            if (site.hub) site.hub->on_tick(now_);
        }
        settle();
    }
    socketio::AnswersHandler keep() {
        return [this](BroadcastAnswers answers) {
            ++answered_;
            answers_ = std::move(answers);
        };
    }

    std::unique_ptr<Implementation> implementation_;
    std::deque<Site> sites_;
    Instant now_{std::chrono::hours(1)};
    BroadcastAnswers answers_;
    int answered_ = 0;
};

inline const Setup no_adapter{"NoAdapter", [] { return std::make_unique<NoAdapter>(); }, 1};
inline const Setup local_one{"LocalClusterOfOne", [] { return std::make_unique<Local>(); }, 1};
inline const Setup local_three{"LocalClusterOfThree", [] { return std::make_unique<Local>(); }, 3};
inline std::string name_of(const testing::TestParamInfo<Setup>& setup) {
    return setup.param.name;
}

}  // namespace holdfast::cluster
