// What a disk holds after its power was cut: only what was synced is certain, the rest may be there, be
// missing, or be torn. Pure: events in, images out.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "holdfast/base/random.hpp"

namespace holdfast::store::testing {

/// Something that was done to a file.
struct DiskEvent {
    enum class Kind : std::uint8_t {
        create,           ///< a new, empty file
        adopt,            ///< a file that was there before: `bytes`, all of them durable
        write,            ///< `bytes` at `position`
        truncate,         ///< to `position` bytes
        sync,             ///< the file and its folder's entries are durable from here on
        sync_lost,        ///< a failed sync: what was unsynced is not on the disk, and never will be
        remove,           ///< the name is gone, for now
        remove_and_sync,  ///< the name is gone for good
    };
    Kind kind = Kind::write;
    std::string file;
    std::int64_t position = 0;
    std::string bytes;
};

/// Which of the unsynced events a power cut leaves.
enum class Survival : std::uint8_t {
    nothing,     ///< none
    everything,  ///< all
    beginning,   ///< all up to a random one, which may be torn
    scattered,   ///< any of them, in sectors of 512 bytes, in any order
};
inline constexpr Survival all_survivals[] = {Survival::nothing, Survival::everything, Survival::beginning,
                                             Survival::scattered};

class DiskModel {
  public:
    /// File names with their contents.
    using Image = std::map<std::string, std::string>;

    void apply(const DiskEvent& event);
    [[nodiscard]] Image image_after_power_cut(Survival survival, Random& random) const;
    /// How many events a power cut would put in question.
    [[nodiscard]] std::size_t unsynced_events() const { return unsynced_.size(); }

  private:
    using Node = std::uint64_t;
    struct Unsynced {
        DiskEvent event;
        Node node = 0;
    };
    struct Disk {
        std::map<std::string, Node> names;
        std::map<Node, std::string> contents;
    };
    static void carry_out(const Unsynced& unsynced, Disk& disk);
    static void carry_out_partly(const Unsynced& unsynced, Disk& disk, Survival survival, Random& random);
    void sync(Node node);

    Node last_node_ = 0;
    std::map<std::string, Node> live_names_;
    Disk durable_;
    std::vector<Unsynced> unsynced_;
};

}  // namespace holdfast::store::testing
