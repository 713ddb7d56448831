// The namespaces of one server, and which of those made on demand nobody is in. Internal to this layer; one
// thread.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "holdfast/socketio/namespace_state.hpp"

namespace holdfast::socketio {

/// One client is in a namespace, or on its way into it, or was just put out of it.
class NamespacePresence {
  public:
    explicit NamespacePresence(NamespaceState& nsp) : nsp_(&nsp) { nsp.client_came(); }
    ~NamespacePresence() {
        if (nsp_) nsp_->client_left();
    }
    NamespacePresence(NamespacePresence&& other) noexcept = default;
    NamespacePresence& operator=(NamespacePresence&& other) noexcept {
        nsp_.swap(other.nsp_);
        return *this;
    }
    NamespacePresence(const NamespacePresence&) = delete;
    NamespacePresence& operator=(const NamespacePresence&) = delete;

    [[nodiscard]] NamespaceState& operator*() const { return *nsp_; }
    [[nodiscard]] NamespaceState* operator->() const { return nsp_.get(); }

  private:
    NamespaceReference nsp_;
};

class NamespaceTable {
  public:
    /// Makes a namespace of that name.
    using Make = std::function<NamespaceReference(std::string name)>;

    /// `on_demand_most`: of those made on demand. `stay`: how long one of these stays when it is empty;
    /// nothing: for ever.
    NamespaceTable(Make make, std::size_t on_demand_most, std::optional<Milliseconds> stay)
        : make_(std::move(make)), on_demand_most_(on_demand_most), stay_(stay) {}
    ~NamespaceTable() { abandon(); }
    NamespaceTable(const NamespaceTable&) = delete;
    NamespaceTable& operator=(const NamespaceTable&) = delete;

    [[nodiscard]] NamespaceState* find(std::string_view name) const;
    /// The namespace of that name, which stays from now on, made when it is not there yet.
    NamespaceState& keep(std::string_view name);
    /// A new one that goes again when it has been empty for a while. Null when there are as many as may be,
    /// and none of them is empty and in nobody's hands.
    [[nodiscard]] NamespaceReference make_on_demand(std::string_view name);
    /// Removes what has been empty for long enough, but not before `at_least`.
    void sweep(Instant now, Milliseconds at_least);
    /// The server ends.
    void abandon();
    [[nodiscard]] std::size_t on_demand_count() const { return on_demand_; }

    // Called by the namespaces made on demand:

    void became_empty(NamespaceState& nsp);
    void is_used(NamespaceState& nsp);

  private:
    /// False when somebody still has it.
    bool remove(NamespaceState& nsp);

    Make make_;
    std::size_t on_demand_most_;
    std::optional<Milliseconds> stay_;
    std::map<std::string, NamespaceReference, std::less<>> all_;
    std::size_t on_demand_ = 0;
    std::list<NamespaceState*> empty_;  ///< made on demand; those empty for longest come first
    Instant now_{};
};

}  // namespace holdfast::socketio
