// A message on its way out: encoded once, shared by reference between all its receivers.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::engineio {

/// The frames of a message in another form, made at the first use and then kept. Any thread; when two threads
/// are first at once, both make them and one of the results is kept.
class FrameCache {
  public:
    FrameCache() = default;
    ~FrameCache() { delete frames_.load(std::memory_order_relaxed); }
    FrameCache(FrameCache&& other) noexcept : frames_(other.frames_.exchange(nullptr)) {}
    FrameCache& operator=(FrameCache&&) = delete;

    /// `make()` gives the frames.
    template <typename Make>
    [[nodiscard]] const std::string& get(Make&& make) {
        if (const auto* frames = frames_.load(std::memory_order_acquire)) return *frames;
        auto made = std::make_unique<const std::string>(make());
        const std::string* expected = nullptr;
        if (frames_.compare_exchange_strong(expected, made.get(), std::memory_order_acq_rel)) {
            return *made.release();
        }
        return *expected;
    }

  private:
    std::atomic<const std::string*> frames_{nullptr};
};

/// One text message with the binary attachments that belong to it; they are queued, sent and dropped as one
/// thing. Immutable once shared. Caches the WebSocket frames (`4` + text as one text frame, each attachment
/// as one binary frame), so that a broadcast to any number of WebSockets encodes and frames once.
class OutgoingMessage {
  public:
    /// A text message. An attachment may be empty; it is sent all the same.
    explicit OutgoingMessage(std::string_view text, std::vector<std::string> attachments = {});
    /// A message of binary alone, without any text: for applications that use Engine.IO directly.
    [[nodiscard]] static OutgoingMessage binary(std::string bytes);

    /// Whether there is a text message in front of the attachments (always, unless made by `binary`).
    [[nodiscard]] bool has_text() const { return has_text_; }
    [[nodiscard]] std::string_view text() const {
        return std::string_view(websocket_frames_).substr(text_offset_, text_size_);
    }
    [[nodiscard]] const std::vector<std::string>& attachments() const { return attachments_; }
    /// The unmasked server frames (RFC 6455 section 5.2) of the Engine.IO message and its attachments, back
    /// to back.
    [[nodiscard]] const std::string& websocket_frames() const { return websocket_frames_; }
    /// The same frames in another form, such as compressed: `make(message)` gives them at the first call. All
    /// calls for one message must mean the same form.
    template <typename Make>
    [[nodiscard]] const std::string& other_frames(Make&& make) const {
        return other_frames_.get([&] { return make(*this); });
    }
    /// The largest payload of its frames.
    [[nodiscard]] std::size_t largest_payload_bytes() const;
    /// From now on it goes over WebSockets as it is, also where others are compressed. Before it is shared.
    void leave_uncompressed() { may_be_compressed_ = false; }
    [[nodiscard]] bool may_be_compressed() const { return may_be_compressed_; }
    /// Bytes that this message counts for in a send queue.
    [[nodiscard]] std::size_t size_bytes() const { return websocket_frames_.size(); }

  private:
    OutgoingMessage(bool has_text, std::string_view text, std::vector<std::string> attachments);

    std::string websocket_frames_;  ///< the text lies in here, so it is kept once
    std::vector<std::string> attachments_;
    std::size_t text_offset_ = 0;
    std::size_t text_size_ = 0;
    bool has_text_ = true;
    bool may_be_compressed_ = true;
    mutable FrameCache other_frames_;
};

using MessagePointer = std::shared_ptr<const OutgoingMessage>;

/// What became of a message that was handed over.
enum class SendVerdict : std::uint8_t {
    sent,     ///< handed to the transport, which had room
    queued,   ///< kept until the transport can take it
    dropped,  ///< volatile and the transport was busy, or the session is closing: nothing of it will be sent
};

}  // namespace holdfast::engineio
