// Who is let in when more is asked than can be done at once: a bounded queue in which those who hold seats go
// first and keep room of their own, and what the others are told. Pure; the seats thread keeps it under its
// lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/limits.hpp"
#include "holdfast/base/random.hpp"
#include "holdfast/seats/commands.hpp"

namespace holdfast::server {

/// Whether whoever asks has a seat, or shows something that only those have who do: the cookie of a device
/// that holds a seat, a token made here. Hosts count as holders.
enum class Standing : std::uint8_t { holder, stranger };

struct Sender {
    Standing standing = Standing::holder;
    /// Who shares the blame for a flood: the device of a holder, the address of a stranger. 0: the connection
    /// alone.
    std::uint64_t source = 0;
};

struct AdmissionSettings {
    std::size_t places = limits::commands_waiting;
    /// Of these, places that strangers cannot take.
    std::size_t places_for_holders = limits::commands_waiting_for_holders;
};

/// Keeps commands until they are decided.
///
/// - Bounded: never more than `places`, of strangers never more than `places - places_for_holders`.
/// - A holder is refused only when `places` are taken, which strangers alone cannot bring about, or when its
///   own source has more than its share.
/// - Nobody takes it all: a source is refused when it has as many commands waiting as there are places left,
///   so one source gets half of the places, two a third each, and somebody new always finds one.
/// - In turns: within a class every source that waits is served once before one is served twice.
/// - Commands of one connection stay in their order, also when it begins to count as a holder meanwhile.
class AdmissionQueue {
  public:
    explicit AdmissionQueue(AdmissionSettings settings = {});

    /// False: refused, and nothing happened.
    [[nodiscard]] bool put(seats::Command command, const Sender& sender);
    /// The next commands, holders' first: at most `most`, and strangers' only while the taken ones are fewer
    /// than `most_with_strangers`. They keep their places until decided().
    [[nodiscard]] std::vector<seats::Command> take(std::size_t most, std::size_t most_with_strangers);
    /// What was taken is done.
    void decided() { holders_.busy = strangers_.busy = 0; }

    /// Waiting, without those that were taken.
    [[nodiscard]] std::size_t size() const { return holders_.size + strangers_.size; }
    /// Taken and not decided.
    [[nodiscard]] std::size_t busy() const { return holders_.busy + strangers_.busy; }
    [[nodiscard]] std::size_t waiting(Standing standing) const;
    [[nodiscard]] std::uint64_t refused(Standing standing) const;
    /// How full it is for strangers, from 0 to 1.
    [[nodiscard]] double fill() const;

  private:
    static constexpr std::uint32_t none = ~std::uint32_t{0};
    /// A waiting command and the one of the same source behind it.
    struct Node {
        seats::Command command;
        std::uint32_t next = none;
    };
    struct Source {
        std::uint32_t first = none;
        std::uint32_t last = none;
        std::size_t size = 0;
        // The ring of sources that wait.
        std::uint64_t before = 0;
        std::uint64_t after = 0;
    };
    struct Class {
        std::unordered_map<std::uint64_t, Source> sources;
        std::uint64_t next = 0;  ///< whose turn it is; only with sources
        std::size_t size = 0;
        std::size_t busy = 0;  ///< taken and not decided
        std::uint64_t refused = 0;
    };

    [[nodiscard]] bool admits(const Class& part, const Sender& sender, std::uint64_t source) const;
    [[nodiscard]] std::uint32_t new_node(seats::Command command);
    void append(Class& part, std::uint64_t source, std::uint32_t node);
    [[nodiscard]] seats::Command take_one(Class& part);
    static void remove_source(Class& part, std::uint64_t source);
    /// What this connection asked while it still counted as a stranger goes along.
    void promote(seats::ConnectionId connection, std::uint64_t source);

    AdmissionSettings settings_;
    Class holders_;
    Class strangers_;
    std::vector<Node> nodes_;
    std::uint32_t free_ = none;
    /// Where the strangers' commands of a connection wait, and how many: a holder's command does not tell.
    struct Place {
        std::uint64_t source = 0;
        std::size_t commands = 0;
    };
    std::unordered_map<seats::ConnectionId, Place> stranger_places_;
};

/// Whether strangers are told that the server sheds load. Begins at once and ends late, so that it does not
/// flicker. Pure.
class LoadSignal {
  public:
    /// `fill` as in AdmissionQueue, `refused` since the start.
    void update(double fill, std::uint64_t refused, Instant now);
    [[nodiscard]] bool shedding() const { return shedding_; }

  private:
    bool shedding_ = false;
    std::uint64_t refused_ = 0;
    Instant busy_at_;
};

/// How long whoever is turned away should wait before the next try; grows with `fill` (0 to 1).
[[nodiscard]] Milliseconds retry_after(double fill);
/// Between half and one and a half of it, so that those who were turned away together do not come back
/// together.
[[nodiscard]] Milliseconds with_jitter(Milliseconds time, Random& random);

}  // namespace holdfast::server
