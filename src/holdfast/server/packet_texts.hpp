// Packets for one receiver as text, one behind the other in one piece of memory: a player who sits down is
// told several things at once, and the thread that tells is not the one that made them. Pure.
#pragma once

#include <string>
#include <string_view>

#include "holdfast/server/json_fields.hpp"

namespace holdfast::server {

class PacketTexts {
  public:
    PacketTexts() = default;
    /// One packet: JSON text behind its type, so there is no line break in it.
    explicit PacketTexts(std::string_view packet) { add(packet); }

    void add(std::string_view packet) {
        lines_.append(packet);
        lines_ += '\n';
    }
    /// An event of the main namespace with this object.
    void add(std::string_view event, const wire::Fields& object) { add_text(event, object.text()); }
    /// The same with an object that is JSON text already.
    void add_text(std::string_view event, std::string_view object) {
        constexpr std::size_t usual_bytes = 1024;  // what a player is told who sits down
        const std::size_t needed = lines_.size() + event.size() + object.size() + 8;
        if (lines_.capacity() < needed) lines_.reserve(needed < usual_bytes ? usual_bytes : needed);
        lines_.append("2[\"").append(event).append("\",").append(object).append("]\n");
    }

    [[nodiscard]] bool empty() const { return lines_.empty(); }
    /// Calls `visit(packet)` for each, the first one first.
    template <typename Visit>
    void for_each(const Visit& visit) const {
        for (std::string_view rest = lines_; !rest.empty();) {
            const std::size_t end = rest.find('\n');
            visit(rest.substr(0, end));
            rest.remove_prefix(end + 1);
        }
    }

  private:
    std::string lines_;
};

}  // namespace holdfast::server
