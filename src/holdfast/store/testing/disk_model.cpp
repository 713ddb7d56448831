#include "holdfast/store/testing/disk_model.hpp"

#include <algorithm>

namespace holdfast::store::testing {

namespace {

constexpr std::size_t sector_bytes = 512;

void write_into(std::string& content, std::size_t position, std::string_view bytes) {
    if (content.size() < position + bytes.size()) content.resize(position + bytes.size(), '\0');
    content.replace(position, bytes.size(), bytes);
}

bool concerns_names(const DiskEvent& event) {
    using Kind = DiskEvent::Kind;
    return event.kind == Kind::create || event.kind == Kind::remove;
}

}  // namespace

void DiskModel::apply(const DiskEvent& event) {
    using Kind = DiskEvent::Kind;
    switch (event.kind) {
        case Kind::adopt:
            live_names_[event.file] = ++last_node_;
            durable_.names[event.file] = last_node_;
            durable_.contents[last_node_] = event.bytes;
            return;
        case Kind::create:
            live_names_[event.file] = ++last_node_;
            unsynced_.push_back({event, last_node_});
            return;
        case Kind::write:
        case Kind::truncate:
            unsynced_.push_back({event, live_names_.at(event.file)});
            return;
        case Kind::sync:
            sync(live_names_.at(event.file));
            return;
        case Kind::sync_lost: {
            const Node node = live_names_.at(event.file);
            std::erase_if(unsynced_, [&](const Unsynced& unsynced) {
                return unsynced.node == node && !concerns_names(unsynced.event);
            });
            return;
        }
        case Kind::remove:
        case Kind::remove_and_sync: {
            const auto found = live_names_.find(event.file);
            if (found == live_names_.end()) return;
            unsynced_.push_back({event, found->second});
            unsynced_.back().event.kind = Kind::remove;
            live_names_.erase(found);
            if (event.kind == Kind::remove_and_sync) sync(0);
            return;
        }
    }
}

// Syncing a file that is new makes its name durable as well, and with it what happened to other names before.
void DiskModel::sync(Node node) {
    const auto is_synced = [&](const Unsynced& unsynced) {
        return unsynced.node == node || concerns_names(unsynced.event);
    };
    for (const Unsynced& unsynced : unsynced_) {
        if (is_synced(unsynced)) carry_out(unsynced, durable_);
    }
    std::erase_if(unsynced_, is_synced);
}

void DiskModel::carry_out(const Unsynced& unsynced, Disk& disk) {
    using Kind = DiskEvent::Kind;
    const DiskEvent& event = unsynced.event;
    const auto position = static_cast<std::size_t>(event.position);
    switch (event.kind) {
        case Kind::create:
            disk.names[event.file] = unsynced.node;
            disk.contents[unsynced.node];
            return;
        case Kind::write:
            write_into(disk.contents[unsynced.node], position, event.bytes);
            return;
        case Kind::truncate:
            disk.contents[unsynced.node].resize(position, '\0');
            return;
        case Kind::remove:
            if (const auto found = disk.names.find(event.file);
                found != disk.names.end() && found->second == unsynced.node) {
                disk.names.erase(found);
            }
            return;
        case Kind::adopt:
        case Kind::sync:
        case Kind::sync_lost:
        case Kind::remove_and_sync:
            return;  // never unsynced
    }
}

/// A write of which only some sectors arrived: with `beginning` the first ones, otherwise any.
void DiskModel::carry_out_partly(const Unsynced& unsynced, Disk& disk, Survival survival, Random& random) {
    const DiskEvent& event = unsynced.event;
    if (event.kind != DiskEvent::Kind::write) {
        if (random.below(2) == 0) carry_out(unsynced, disk);
        return;
    }
    const std::size_t sectors = (event.bytes.size() + sector_bytes - 1) / sector_bytes;
    const std::size_t first_ones = random.below(sectors + 1);
    for (std::size_t sector = 0; sector < sectors; ++sector) {
        const bool arrives = survival == Survival::beginning ? sector < first_ones : random.below(2) == 0;
        if (!arrives) continue;
        const std::size_t offset = sector * sector_bytes;
        write_into(disk.contents[unsynced.node], static_cast<std::size_t>(event.position) + offset,
                   std::string_view(event.bytes).substr(offset, sector_bytes));
    }
}

DiskModel::Image DiskModel::image_after_power_cut(Survival survival, Random& random) const {
    Disk disk = durable_;
    const std::size_t whole_ones = survival == Survival::nothing      ? 0
                                   : survival == Survival::everything ? unsynced_.size()
                                   : survival == Survival::beginning  ? random.below(unsynced_.size() + 1)
                                                                      : 0;
    for (std::size_t index = 0; index < unsynced_.size(); ++index) {
        if (index < whole_ones) {
            carry_out(unsynced_[index], disk);
        } else if (survival == Survival::scattered ||
                   (survival == Survival::beginning && index == whole_ones)) {
            carry_out_partly(unsynced_[index], disk, survival, random);
        }
    }
    Image image;
    for (const auto& [name, node] : disk.names)
        image[name] = disk.contents[node];
    return image;
}

}  // namespace holdfast::store::testing
