#include "holdfast/server/admission.hpp"

#include <algorithm>
#include <utility>

namespace holdfast::server {

namespace {

/// From here on strangers are told that the server sheds load, and below there no longer.
constexpr double shedding_begins = 0.125;
constexpr double shedding_ends = 0.03;

/// A holder's source may have this many commands waiting, whatever others do: a device in the middle of a
/// resume sends a handful at once.
constexpr std::size_t holder_source_least = 64;

}  // namespace

AdmissionQueue::AdmissionQueue(AdmissionSettings settings) : settings_(settings) {
    settings_.places = std::max<std::size_t>(settings_.places, 1);
    settings_.places_for_holders = std::min(settings_.places_for_holders, settings_.places - 1);
}

std::size_t AdmissionQueue::waiting(Standing standing) const {
    return standing == Standing::holder ? holders_.size : strangers_.size;
}

std::uint64_t AdmissionQueue::refused(Standing standing) const {
    return standing == Standing::holder ? holders_.refused : strangers_.refused;
}

double AdmissionQueue::fill() const {
    const auto places = static_cast<double>(settings_.places - settings_.places_for_holders);
    return std::min(1.0, static_cast<double>(strangers_.size) / places);
}

bool AdmissionQueue::admits(const Class& part, const Sender& sender, std::uint64_t source) const {
    const std::size_t taken = size() + busy();
    if (taken >= settings_.places) return false;
    const auto found = part.sources.find(source);
    const std::size_t own = found == part.sources.end() ? 0 : found->second.size;
    if (sender.standing == Standing::holder) {
        return own < std::max(holder_source_least, settings_.places - taken);
    }
    const std::size_t places = settings_.places - settings_.places_for_holders;
    const std::size_t taken_by_strangers = strangers_.size + strangers_.busy;
    return taken_by_strangers < places && own < places - taken_by_strangers;
}

bool AdmissionQueue::put(seats::Command command, const Sender& sender) {
    // A connection's own source is told from a device or an address by a bit that those do not have.
    constexpr std::uint64_t connection_mark = std::uint64_t{1} << 63U;
    const std::uint64_t source =
        sender.source != 0 ? sender.source & ~connection_mark : command.connection | connection_mark;
    const bool is_holder = sender.standing == Standing::holder;
    Class& part = is_holder ? holders_ : strangers_;
    if (!admits(part, sender, source)) {
        ++part.refused;
        return false;
    }
    if (is_holder && !stranger_places_.empty()) promote(command.connection, source);
    if (!is_holder) {
        Place& place = stranger_places_[command.connection];
        place.source = source;
        ++place.commands;
    }
    append(part, source, new_node(std::move(command)));
    return true;
}

std::uint32_t AdmissionQueue::new_node(seats::Command command) {
    if (free_ == none) {
        nodes_.push_back({std::move(command), none});
        return static_cast<std::uint32_t>(nodes_.size() - 1);
    }
    const std::uint32_t node = free_;
    free_ = std::exchange(nodes_[node].next, none);
    nodes_[node].command = std::move(command);
    return node;
}

void AdmissionQueue::append(Class& part, std::uint64_t source, std::uint32_t node) {
    const auto [entry, is_new] = part.sources.try_emplace(source);
    Source& own = entry->second;
    if (is_new && part.sources.size() == 1) {
        own.before = own.after = part.next = source;
    } else if (is_new) {
        // Before the one whose turn it is: behind everybody who waits already.
        Source& turn = part.sources.at(part.next);
        own.after = part.next;
        own.before = turn.before;
        part.sources.at(turn.before).after = source;
        part.sources.at(part.next).before = source;
    }
    if (own.last == none) {
        own.first = node;
    } else {
        nodes_[own.last].next = node;
    }
    own.last = node;
    ++own.size;
    ++part.size;
}

void AdmissionQueue::remove_source(Class& part, std::uint64_t source) {
    const auto found = part.sources.find(source);
    const auto [before, after] = std::pair(found->second.before, found->second.after);
    part.sources.erase(found);
    if (part.sources.empty()) return;
    part.sources.at(before).after = after;
    part.sources.at(after).before = before;
    if (part.next == source) part.next = after;
}

seats::Command AdmissionQueue::take_one(Class& part) {
    const std::uint64_t source = part.next;
    Source& own = part.sources.at(source);
    const std::uint32_t node = own.first;
    own.first = nodes_[node].next;
    if (own.first == none) own.last = none;
    --own.size;
    --part.size;
    part.next = own.after;
    if (own.size == 0) remove_source(part, source);
    nodes_[node].next = std::exchange(free_, node);
    return std::move(nodes_[node].command);
}

std::vector<seats::Command> AdmissionQueue::take(std::size_t most, std::size_t most_with_strangers) {
    std::vector<seats::Command> taken;
    taken.reserve(std::min(most, size()));
    while (holders_.size != 0 && taken.size() < most)
        taken.push_back(take_one(holders_));
    holders_.busy += taken.size();
    while (strangers_.size != 0 && taken.size() < std::min(most, most_with_strangers)) {
        taken.push_back(take_one(strangers_));
        ++strangers_.busy;
        const auto place = stranger_places_.find(taken.back().connection);
        if (--place->second.commands == 0) stranger_places_.erase(place);
    }
    if (size() == 0) {
        // What a spike took goes back.
        constexpr std::size_t nodes_kept = 1'024;
        if (nodes_.capacity() > nodes_kept) std::vector<Node>().swap(nodes_);
        nodes_.clear();
        free_ = none;
    }
    return taken;
}

void AdmissionQueue::promote(seats::ConnectionId connection, std::uint64_t source) {
    const auto known = stranger_places_.find(connection);
    if (known == stranger_places_.end()) return;
    const std::uint64_t from = known->second.source;
    stranger_places_.erase(known);
    const auto found = strangers_.sources.find(from);
    if (found == strangers_.sources.end()) return;
    Source& crowd = found->second;
    std::uint32_t before = none;
    for (std::uint32_t node = crowd.first; node != none;) {
        const std::uint32_t next = nodes_[node].next;
        if (nodes_[node].command.connection != connection) {
            before = std::exchange(node, next);
            continue;
        }
        (before == none ? crowd.first : nodes_[before].next) = next;
        if (crowd.last == node) crowd.last = before;
        --crowd.size;
        --strangers_.size;
        nodes_[node].next = none;
        append(holders_, source, node);
        node = next;
    }
    if (crowd.size == 0) remove_source(strangers_, from);
}

void LoadSignal::update(double fill, std::uint64_t refused, Instant now) {
    const bool turned_away = refused != std::exchange(refused_, refused);
    if (turned_away || fill >= shedding_begins) {
        shedding_ = true;
        busy_at_ = now;
    } else if (fill > shedding_ends) {
        busy_at_ = now;
    } else if (now - busy_at_ >= limits::shedding_time) {
        shedding_ = false;
    }
}

Milliseconds retry_after(double fill) {
    const auto range = static_cast<double>((limits::retry_after_most - limits::retry_after_least).count());
    return limits::retry_after_least + Milliseconds(static_cast<std::int64_t>(range * fill));
}

Milliseconds with_jitter(Milliseconds time, Random& random) {
    const auto whole = std::max<std::int64_t>(time.count(), 2);
    return Milliseconds(whole / 2 +
                        static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(whole) + 1)));
}

}  // namespace holdfast::server
