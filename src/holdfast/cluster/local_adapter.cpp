#include "holdfast/cluster/local_adapter.hpp"

#include <cstdint>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace holdfast::cluster {

using socketio::AnswerCollectorPointer;
using socketio::AnswersHandler;
using socketio::Audience;
using socketio::BroadcastAnswers;
using socketio::EventMessagePointer;
using socketio::FetchError;
using socketio::FetchHandler;
using socketio::LocalSockets;
using socketio::Payload;
using socketio::SocketDescription;

namespace {

using Descriptions = std::vector<SocketDescription>;
/// What another server reports; nothing when it is gone.
using Report = std::variant<std::monostate, Descriptions, BroadcastAnswers>;

class LocalAdapter;

}  // namespace

/// One server of the cluster.
struct LocalCluster::Node {
    Post post;
    /// Its namespaces; touched on its own thread only.
    std::map<std::string, LocalAdapter*, std::less<>> adapters;
    std::uint64_t last_question = 0;
};

/// Who is in the cluster. Shared by all threads.
struct LocalCluster::Members {
    void add(const std::shared_ptr<Node>& node) {
        const std::lock_guard lock(mutex);
        std::erase_if(nodes, [](const std::weak_ptr<Node>& one) { return one.expired(); });
        nodes.push_back(node);
    }
    [[nodiscard]] std::vector<std::shared_ptr<Node>> others(const Node& self) {
        const std::lock_guard lock(mutex);
        std::vector<std::shared_ptr<Node>> found;
        for (const auto& one : nodes) {
            if (auto node = one.lock(); node && node.get() != &self) found.push_back(std::move(node));
        }
        return found;
    }

    std::mutex mutex;
    std::vector<std::weak_ptr<Node>> nodes;
};

namespace {

using Node = LocalCluster::Node;
using Members = LocalCluster::Members;

/// The duty to report to a question. Destroyed without a report, because its server is gone, it says so.
/// Holds nothing of the one that asks but names, as it may be destroyed on any thread.
class Duty {
  public:
    Duty(std::weak_ptr<Node> asker, std::string nsp, std::uint64_t question)
        : asker_(std::move(asker)), nsp_(std::move(nsp)), question_(question) {}
    ~Duty() { report({}); }
    Duty(const Duty&) = delete;
    Duty& operator=(const Duty&) = delete;

    void report(Report report);

  private:
    std::weak_ptr<Node> asker_;
    std::string nsp_;
    std::uint64_t question_;
    bool done_ = false;
};
using DutyPointer = std::shared_ptr<Duty>;

class LocalAdapter final : public socketio::Adapter {
  public:
    LocalAdapter(std::shared_ptr<Members> members, std::shared_ptr<Node> node, std::string_view nsp,
                 LocalSockets& sockets)
        : members_(std::move(members)), node_(std::move(node)), nsp_(nsp), sockets_(sockets) {
        node_->adapters.insert_or_assign(nsp_, this);
    }
    ~LocalAdapter() override { node_->adapters.erase(nsp_); }

    std::size_t broadcast(const Audience& audience, const engineio::MessagePointer& packet,
                          bool is_volatile) override {
        const std::size_t taken = sockets_.send_local(audience, packet, is_volatile);
        to_others([audience, packet, is_volatile](LocalSockets& sockets) {
            sockets.send_local(audience, packet, is_volatile);
        });
        return taken;
    }

    void fetch(const Audience& audience, FetchHandler handler) override {
        Fetch fetch{std::move(handler), sockets_.describe_local(audience), 0, false};
        const auto others = members_->others(*node_);
        if (others.empty()) {
            fetch.finish();
            return;
        }
        fetch.missing = others.size();
        const std::uint64_t question = ++node_->last_question;
        fetches_.emplace(question, std::move(fetch));
        ask_others(others, question, [audience](LocalSockets* sockets, const DutyPointer& duty) {
            duty->report(sockets == nullptr ? Descriptions() : sockets->describe_local(audience));
        });
    }

    void join(const Audience& audience, std::string_view room) override {
        sockets_.join_local(audience, room);
        to_others([audience, name = std::string(room)](LocalSockets& sockets) {
            sockets.join_local(audience, name);
        });
    }
    void leave(const Audience& audience, std::string_view room) override {
        sockets_.leave_local(audience, room);
        to_others([audience, name = std::string(room)](LocalSockets& sockets) {
            sockets.leave_local(audience, name);
        });
    }
    void disconnect(const Audience& audience, bool close_transport) override {
        sockets_.disconnect_local(audience, close_transport);
        to_others([audience, close_transport](LocalSockets& sockets) {
            sockets.disconnect_local(audience, close_transport);
        });
    }

    void ask(const Audience& audience, EventMessagePointer event, Milliseconds timeout,
             AnswerCollectorPointer answers) override {
        const auto others = members_->others(*node_);
        const std::uint64_t question = ++node_->last_question;
        if (!others.empty()) collections_.emplace(question, Collection{answers, others.size()});
        ask_others(others, question, [audience, event, timeout](LocalSockets* sockets, DutyPointer duty) {
            if (sockets == nullptr) {
                duty->report(BroadcastAnswers());
                return;
            }
            sockets->ask_local(audience, *event, timeout, [duty = std::move(duty)](BroadcastAnswers found) {
                duty->report(std::move(found));
            });
        });
        sockets_.ask_local(audience, *event, timeout,
                           [answers](BroadcastAnswers own) { answers->add(std::move(own)); });
        answers->expect(others.size() + 1);
    }

    void server_emit(EventMessagePointer event) override {
        to_others([event = std::move(event)](LocalSockets& sockets) {
            sockets.take_server_event(*event, Milliseconds(0), {});
        });
    }

    void server_ask(EventMessagePointer event, Milliseconds timeout,
                    AnswerCollectorPointer answers) override {
        const auto others = members_->others(*node_);
        const std::uint64_t question = ++node_->last_question;
        if (!others.empty()) collections_.emplace(question, Collection{answers, others.size()});
        ask_others(others, question, [event, timeout](LocalSockets* sockets, DutyPointer duty) {
            const auto reply = [duty = std::move(duty)](std::optional<Payload> answer) {
                BroadcastAnswers report;
                report.missing = answer ? 0 : 1;
                if (answer) report.answers.push_back(std::move(*answer));
                duty->report(std::move(report));
            };
            if (sockets == nullptr) {
                reply(std::nullopt);
            } else {
                sockets->take_server_event(*event, timeout, reply);
            }
        });
        answers->expect(others.size());
    }

    [[nodiscard]] LocalSockets& sockets() { return sockets_; }

    /// Another server reports; every one that was asked does, once.
    void take(std::uint64_t question, Report report) {
        if (const auto fetch = fetches_.find(question); fetch != fetches_.end()) {
            fetch->second.take(std::get_if<Descriptions>(&report));
            if (fetch->second.missing != 0) return;
            auto complete = std::move(fetch->second);
            fetches_.erase(fetch);
            complete.finish();
        } else if (const auto collection = collections_.find(question); collection != collections_.end()) {
            const auto answers = collection->second.answers;
            if (--collection->second.missing == 0) collections_.erase(collection);
            if (auto* const found = std::get_if<BroadcastAnswers>(&report)) {
                answers->add(std::move(*found));
            } else {
                answers->lost();
            }
        }
    }

  private:
    struct Fetch {
        FetchHandler handler;
        Descriptions found;
        std::size_t missing = 0;
        bool incomplete = false;

        void take(Descriptions* answer) {
            incomplete = incomplete || answer == nullptr;
            if (answer != nullptr) std::move(answer->begin(), answer->end(), std::back_inserter(found));
            --missing;
        }
        void finish() {
            if (incomplete) {
                handler(failure(FetchError::incomplete));
            } else {
                handler(std::move(found));
            }
        }
    };
    struct Collection {
        AnswerCollectorPointer answers;
        std::size_t missing = 0;
    };

    /// Runs `operation(LocalSockets&)` on every other server that has this namespace.
    template <typename Operation>
    void to_others(const Operation& operation) {
        for (const auto& other : members_->others(*node_)) {
            other->post([weak = std::weak_ptr(other), nsp = nsp_, operation] {
                const auto node = weak.lock();
                if (!node) return;
                const auto found = node->adapters.find(nsp);
                if (found != node->adapters.end()) operation(found->second->sockets());
            });
        }
    }
    /// Runs `operation(LocalSockets* or null, DutyPointer)` on the other servers.
    template <typename Operation>
    void ask_others(const std::vector<std::shared_ptr<Node>>& others, std::uint64_t question,
                    const Operation& operation) {
        for (const auto& other : others) {
            auto duty = std::make_shared<Duty>(node_, nsp_, question);
            other->post(
                [weak = std::weak_ptr(other), nsp = nsp_, operation, duty = std::move(duty)]() mutable {
                    const auto node = weak.lock();
                    if (!node) return;
                    const auto found = node->adapters.find(nsp);
                    operation(found == node->adapters.end() ? nullptr : &found->second->sockets(),
                              std::move(duty));
                });
        }
    }

    std::shared_ptr<Members> members_;
    std::shared_ptr<Node> node_;
    std::string nsp_;
    LocalSockets& sockets_;
    /// Questions that other servers still owe a report to, by the node's number for them.
    std::map<std::uint64_t, Fetch> fetches_;
    std::map<std::uint64_t, Collection> collections_;
};

void Duty::report(Report report) {
    if (std::exchange(done_, true)) return;
    const auto asker = asker_.lock();
    if (!asker) return;
    asker->post(
        [asker_again = asker_, nsp = nsp_, question = question_, report = std::move(report)]() mutable {
            const auto node = asker_again.lock();
            if (!node) return;
            const auto found = node->adapters.find(nsp);
            if (found != node->adapters.end()) found->second->take(question, std::move(report));
        });
}

}  // namespace

LocalCluster::LocalCluster() : members_(std::make_shared<Members>()) {}

socketio::AdapterFactory LocalCluster::add_server(Post post) {
    auto node = std::make_shared<Node>();
    node->post = std::move(post);
    members_->add(node);
    return [members = members_, node = std::move(node)](std::string_view nsp, LocalSockets& sockets) {
        return std::make_unique<LocalAdapter>(members, node, nsp, sockets);
    };
}

}  // namespace holdfast::cluster
