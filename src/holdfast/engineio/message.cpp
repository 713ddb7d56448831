#include "holdfast/engineio/message.hpp"

#include <algorithm>
#include <utility>

#include "holdfast/engineio/websocket_frame.hpp"

namespace holdfast::engineio {

OutgoingMessage::OutgoingMessage(std::string_view text, std::vector<std::string> attachments)
    : OutgoingMessage(true, text, std::move(attachments)) {}

OutgoingMessage OutgoingMessage::binary(std::string bytes) {
    std::vector<std::string> attachments;
    attachments.push_back(std::move(bytes));
    return {false, {}, std::move(attachments)};
}

OutgoingMessage::OutgoingMessage(bool has_text, std::string_view text, std::vector<std::string> attachments)
    : attachments_(std::move(attachments)), text_size_(text.size()), has_text_(has_text) {
    std::size_t frame_bytes = has_text_ ? frame_header_bytes(text.size() + 1) + text.size() + 1 : 0;
    for (const std::string& attachment : attachments_) {
        frame_bytes += frame_header_bytes(attachment.size()) + attachment.size();
    }
    websocket_frames_.reserve(frame_bytes);
    if (has_text_) {
        append_frame_header(websocket_frames_, FrameKind::text, text.size() + 1);
        websocket_frames_.push_back('4');
        text_offset_ = websocket_frames_.size();
        websocket_frames_.append(text);
    }
    for (const std::string& attachment : attachments_) {
        append_frame(websocket_frames_, FrameKind::binary, attachment);
    }
}

std::size_t OutgoingMessage::largest_payload_bytes() const {
    std::size_t largest = has_text_ ? text_size_ + 1 : 0;
    for (const std::string& attachment : attachments_)
        largest = std::max(largest, attachment.size());
    return largest;
}

}  // namespace holdfast::engineio
