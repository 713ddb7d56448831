// What stands beside the server: acks, payloads, broadcasts that are encoded once.
#include <utility>

#include "holdfast/socketio/packet.hpp"
#include "holdfast/socketio/server.hpp"
#include "holdfast/socketio/socket_state.hpp"

namespace holdfast::socketio {

std::shared_ptr<RawAck::Question> RawAck::share() const {
    if (own_.asked) shared_ = std::make_shared<Question>(std::exchange(own_, {}));
    return shared_;
}

template <typename Arguments>
void RawAck::answer(const Arguments& arguments, std::vector<std::string> attachments) const {
    Question& question = shared_ ? *shared_ : own_;
    if (!question.asked || std::exchange(question.answered, true)) return;
    if (const auto socket = question.socket.lock()) {
        static_cast<SocketState&>(*socket).send_ack(question.id, arguments, std::move(attachments));
    }
}

void RawAck::operator()(json::array arguments) const {
    answer(arguments, {});
}

void RawAck::operator()(Payload payload) const {
    answer(payload.arguments, std::move(payload.attachments));
}

void RawAck::operator()(const EventArguments& arguments, std::vector<std::string> attachments) const {
    answer(arguments, std::move(attachments));
}

void RawAck::with_text(std::string_view argument) const {
    answer(EventArguments(argument, 1), {});
}

json::value attach(std::vector<std::string>& attachments, std::string bytes) {
    json::object placeholder;
    placeholder["_placeholder"] = true;
    placeholder["num"] = attachments.size();
    attachments.push_back(std::move(bytes));
    return placeholder;
}

namespace {

template <typename Arguments>
engineio::MessagePointer encode(std::string_view nsp, std::string_view name, const Arguments& arguments,
                                std::vector<std::string> attachments, bool may_be_compressed) {
    std::string text;
    append_event_text(text, nsp, std::nullopt, name, arguments, attachments.size());
    auto packet = std::make_shared<engineio::OutgoingMessage>(text, std::move(attachments));
    if (!may_be_compressed) packet->leave_uncompressed();
    return packet;
}

}  // namespace

engineio::MessagePointer encode_event(std::string_view nsp, std::string_view name,
                                      const json::array& arguments, std::vector<std::string> attachments,
                                      bool may_be_compressed) {
    return encode(nsp, name, arguments, std::move(attachments), may_be_compressed);
}

engineio::MessagePointer encode_event(std::string_view nsp, std::string_view name,
                                      const EventArguments& arguments, std::vector<std::string> attachments,
                                      bool may_be_compressed) {
    return encode(nsp, name, arguments, std::move(attachments), may_be_compressed);
}

std::string_view to_string(DisconnectReason reason) {
    switch (reason) {
        case DisconnectReason::client_namespace_disconnect:
            return "client namespace disconnect";
        case DisconnectReason::server_namespace_disconnect:
            return "server namespace disconnect";
        case DisconnectReason::server_shutting_down:
            return "server shutting down";
        case DisconnectReason::transport_close:
            return "transport close";
        case DisconnectReason::transport_error:
            return "transport error";
        case DisconnectReason::ping_timeout:
            return "ping timeout";
        case DisconnectReason::parse_error:
            return "parse error";
        case DisconnectReason::forced_close:
            return "forced server close";
        case DisconnectReason::queue_overflow:
            return "queue overflow";
    }
    return "unknown";
}

}  // namespace holdfast::socketio
