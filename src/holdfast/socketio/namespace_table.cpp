#include "holdfast/socketio/namespace_table.hpp"

#include <algorithm>

namespace holdfast::socketio {

NamespaceState* NamespaceTable::find(std::string_view name) const {
    const auto found = all_.find(name);
    return found == all_.end() ? nullptr : found->second.get();
}

NamespaceState& NamespaceTable::keep(std::string_view name) {
    auto* found = find(name);
    if (found == nullptr) {
        auto made = make_(std::string(name));
        found = all_.emplace(std::string(name), std::move(made)).first->second.get();
    } else if (found->on_demand()) {
        is_used(*found);
        found->on_demand().reset();
        --on_demand_;
    }
    return *found;
}

NamespaceReference NamespaceTable::make_on_demand(std::string_view name) {
    if (on_demand_ >= on_demand_most_) {
        const bool made_room = stay_ && std::any_of(empty_.begin(), empty_.end(),
                                                    [&](NamespaceState* nsp) { return remove(*nsp); });
        if (!made_room) return nullptr;
    }
    auto made = make_(std::string(name));
    all_.emplace(std::string(name), made);
    ++on_demand_;
    made->on_demand().emplace(NamespaceOnDemand{this, 0, std::nullopt, {}});
    became_empty(*made);
    return made;
}

void NamespaceTable::sweep(Instant now, Milliseconds at_least) {
    now_ = now;
    if (!stay_) return;
    const auto stay = std::max(*stay_, at_least);
    for (auto left = empty_.size(); left > 0; --left) {
        auto& nsp = *empty_.front();
        if (nsp.on_demand()->empty_since + stay > now) return;
        if (remove(nsp)) continue;
        // Somebody still holds it: its turn comes again.
        is_used(nsp);
        became_empty(nsp);
    }
}

bool NamespaceTable::remove(NamespaceState& nsp) {
    if (nsp.use_count() > 1) return false;
    is_used(nsp);
    const auto node = all_.extract(all_.find(nsp.name()));
    --on_demand_;
    nsp.on_demand().reset();
    nsp.abandon();
    return true;
}

void NamespaceTable::abandon() {
    for (const auto& [name, nsp] : all_) {
        nsp->on_demand().reset();
        nsp->abandon();
    }
    empty_.clear();
    on_demand_ = 0;
}

void NamespaceTable::became_empty(NamespaceState& nsp) {
    auto& on_demand = *nsp.on_demand();
    on_demand.empty_since = now_;
    on_demand.place = empty_.insert(empty_.end(), &nsp);
}

void NamespaceTable::is_used(NamespaceState& nsp) {
    auto& place = nsp.on_demand()->place;
    if (place) empty_.erase(*place);
    place.reset();
}

}  // namespace holdfast::socketio
