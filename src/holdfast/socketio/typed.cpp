#include "holdfast/socketio/typed.hpp"

#include "holdfast/socketio/json_text.hpp"
#include "holdfast/socketio/socket.hpp"
#include "holdfast/socketio/socket_state.hpp"

namespace holdfast::socketio::detail {
namespace {

/// A client's event may have a name of any length; of a long one the beginning tells enough.
constexpr std::size_t longest_name_bytes = 64;

std::string shown_name(std::string_view name) {
    if (name.size() <= longest_name_bytes) return std::string(name);
    std::size_t end = 0;  // between two characters
    while (end < longest_name_bytes) {
        const std::size_t length = character_length(name, end);
        if (length == 0) break;
        end += length;
    }
    return std::string(name.substr(0, end)) + "...";
}

}  // namespace

SocketPointer shared(Socket& socket) {
    return socket.shared_from_this();
}

SocketPointer ArgumentCursor::shared_socket() const {
    return shared(*socket_);
}

Rest ArgumentCursor::take_rest() {
    Rest rest;
    for (; next_ < event_.arguments.size(); ++next_) {
        rest.arguments.push_back(std::move(event_.arguments[next_]));
    }
    rest.attachments = std::move(event_.attachments);
    return rest;
}

void ArgumentCursor::complain(std::size_t index, const Mismatch& mismatch) {
    complaint_ = shown_name(event_.name) + ": argument " + std::to_string(index + 1) + mismatch.place +
                 " must be " + mismatch.expected + ", but is " + mismatch.found;
}

std::optional<std::string> ArgumentCursor::complaint() {
    const std::size_t count = event_.arguments.size();
    if (!complaint_ && count > next_) {
        complaint_ = shown_name(event_.name) + ": takes " +
                     (next_ == 0   ? std::string("no arguments")
                      : next_ == 1 ? std::string("1 argument")
                                   : std::to_string(next_) + " arguments") +
                     ", but " + std::to_string(count) + " came";
    }
    return complaint_;
}

void refuse_arguments(Socket& socket, Event& event, const std::string& complaint) {
    static_cast<SocketState&>(socket).count_misfit();
    if (event.ack.wanted()) {
        event.ack(json::array{json::object{{"error", "bad_arguments"}, {"message", complaint}}});
    } else {
        socket.emit("bad_arguments",
                    json::array{json::object{{"event", shown_name(event.name)}, {"message", complaint}}});
    }
}

}  // namespace holdfast::socketio::detail
