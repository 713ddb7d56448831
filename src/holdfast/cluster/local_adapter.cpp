#include "holdfast/cluster/local_adapter.hpp"

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace holdfast::cluster {

using socketio::Audience;
using socketio::FetchError;
using socketio::FetchHandler;
using socketio::LocalSockets;
using socketio::SocketDescription;

/// One server of the cluster.
struct LocalCluster::Node {
    Post post;
    /// Its namespaces; touched on its own thread only.
    std::map<std::string, LocalSockets*, std::less<>> namespaces;
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

/// A question to all servers; lives on the thread of the one that asks.
struct Fetch {
    FetchHandler handler;
    std::weak_ptr<const void> asker;  ///< expires with the adapter that asked
    std::vector<SocketDescription> found;
    std::size_t missing = 0;
    bool incomplete = false;

    void take(std::optional<std::vector<SocketDescription>> answer) {
        if (asker.expired()) return;
        if (answer) {
            std::move(answer->begin(), answer->end(), std::back_inserter(found));
        } else {
            incomplete = true;
        }
        if (--missing == 0) finish();
    }
    void finish() {
        if (incomplete) {
            handler(failure(FetchError::incomplete));
        } else {
            handler(std::move(found));
        }
    }
};

/// The duty to answer a question. Destroyed without an answer, because its server is gone, it says so.
class Duty {
  public:
    Duty(std::weak_ptr<Node> asker, std::shared_ptr<Fetch> fetch)
        : asker_(std::move(asker)), fetch_(std::move(fetch)) {}
    ~Duty() {
        if (fetch_) answer(std::nullopt);
    }
    Duty(const Duty&) = delete;
    Duty& operator=(const Duty&) = delete;

    void answer(std::optional<std::vector<SocketDescription>> descriptions) {
        auto fetch = std::exchange(fetch_, nullptr);
        const auto asker = asker_.lock();
        if (!asker) return;
        asker->post([fetch = std::move(fetch), descriptions = std::move(descriptions)]() mutable {
            fetch->take(std::move(descriptions));
        });
    }

  private:
    std::weak_ptr<Node> asker_;
    std::shared_ptr<Fetch> fetch_;
};

class LocalAdapter final : public socketio::Adapter {
  public:
    LocalAdapter(std::shared_ptr<Members> members, std::shared_ptr<Node> node, std::string_view nsp,
                 LocalSockets& sockets)
        : members_(std::move(members)), node_(std::move(node)), nsp_(nsp), sockets_(sockets) {
        node_->namespaces.insert_or_assign(nsp_, &sockets);
    }
    ~LocalAdapter() override { node_->namespaces.erase(nsp_); }

    std::size_t broadcast(const Audience& audience, const engineio::MessagePointer& packet,
                          bool is_volatile) override {
        const std::size_t taken = sockets_.send_local(audience, packet, is_volatile);
        to_others([audience, packet, is_volatile](LocalSockets& sockets) {
            sockets.send_local(audience, packet, is_volatile);
        });
        return taken;
    }

    void fetch(const Audience& audience, FetchHandler handler) override {
        auto fetch = std::make_shared<Fetch>();
        fetch->handler = std::move(handler);
        fetch->asker = alive_;
        fetch->found = sockets_.describe_local(audience);
        const auto others = members_->others(*node_);
        fetch->missing = others.size();
        if (others.empty()) {
            fetch->finish();
            return;
        }
        for (const auto& other : others) {
            auto duty = std::make_shared<Duty>(node_, fetch);
            other->post([weak = std::weak_ptr(other), nsp = nsp_, audience, duty = std::move(duty)] {
                const auto node = weak.lock();
                if (!node) return;
                const auto found = node->namespaces.find(nsp);
                duty->answer(found == node->namespaces.end() ? std::vector<SocketDescription>()
                                                             : found->second->describe_local(audience));
            });
        }
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

  private:
    /// Runs `operation(LocalSockets&)` on every other server that has this namespace.
    template <typename Operation>
    void to_others(const Operation& operation) {
        for (const auto& other : members_->others(*node_)) {
            other->post([weak = std::weak_ptr(other), nsp = nsp_, operation] {
                const auto node = weak.lock();
                if (!node) return;
                const auto found = node->namespaces.find(nsp);
                if (found != node->namespaces.end()) operation(*found->second);
            });
        }
    }

    std::shared_ptr<Members> members_;
    std::shared_ptr<Node> node_;
    std::string nsp_;
    LocalSockets& sockets_;
    std::shared_ptr<const void> alive_ = std::make_shared<int>();
};

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
