// Bytes to WebSocket messages (RFC 6455 section 5). Pure: no socket, no clock. Between messages the decoder
// owns no memory beyond itself; frames that arrive whole are unmasked where they lie and passed on without a
// copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "holdfast/base/limits.hpp"
#include "holdfast/websocket/frame.hpp"

namespace holdfast::websocket {

/// What a decoder expects; shared by all decoders of a server, must outlive them.
struct DecoderSettings {
    /// Largest message, all fragments together. Above: close code 1009, before anything is allocated.
    std::size_t message_bytes = limits::message_bytes;
    /// Most frames of one message. Above: close code 1008.
    std::size_t message_fragments = limits::message_fragments;
    /// A server expects masked frames, a client unmasked ones. Otherwise: close code 1002.
    bool expect_masked = true;
};

class Inflater;

/// Takes what a decoder found. Views live only during the call. A sink may stop() the decoder, but must not
/// destroy it or decode() again from inside a call.
class FrameSink {
  public:
    virtual ~FrameSink() = default;
    /// A whole message; text has been checked to be UTF-8.
    virtual void on_message(std::string_view data, bool binary) = 0;
    virtual void on_ping(std::string_view data) = 0;
    virtual void on_pong(std::string_view data) = 0;
    /// The other side closes; 1005 stands for a frame without a code. Nothing follows.
    virtual void on_close(std::uint16_t code, std::string_view reason) = 0;
    /// The other side broke the rules: close with this code. Nothing follows.
    virtual void on_failure(std::uint16_t code) = 0;
    /// Decompresses messages; null unless permessage-deflate was agreed on. The same at every call.
    [[nodiscard]] virtual Inflater* inflater() { return nullptr; }
};

/// One direction of one connection. One thread at a time.
class FrameDecoder {
  public:
    explicit FrameDecoder(const DecoderSettings& settings);
    ~FrameDecoder();
    FrameDecoder(FrameDecoder&& other) noexcept;
    FrameDecoder& operator=(FrameDecoder&& other) noexcept;

    /// Decodes the next bytes of the stream, whatever their number, and overwrites them while unmasking.
    void decode(std::span<char> input, FrameSink& sink);
    /// Ignores everything from here on.
    void stop();
    /// Over after a close, a failure or stop().
    [[nodiscard]] bool stopped() const { return stopped_; }
    /// Bytes held for an unfinished message.
    [[nodiscard]] std::size_t held_bytes() const;

  private:
    struct Header;
    struct Partial;

    [[nodiscard]] std::uint16_t check_start(std::uint8_t first, std::uint8_t second, bool may_compress) const;
    [[nodiscard]] std::uint16_t read_header(std::span<const char> bytes, Header& header,
                                            bool may_compress) const;
    [[nodiscard]] std::span<char> decode_whole(std::span<char> input, FrameSink& sink);
    [[nodiscard]] std::span<char> resume_header(std::span<char> input, FrameSink& sink);
    [[nodiscard]] std::span<char> resume_payload(std::span<char> input, FrameSink& sink);
    [[nodiscard]] bool begin_frame(const Header& header, FrameSink& sink);
    void finish_frame(FrameSink& sink);
    void finish_compressed(std::string_view payload, bool binary, FrameSink& sink);
    void finish_control(Opcode opcode, std::string_view payload, FrameSink& sink);
    void fail(std::uint16_t code, FrameSink& sink);
    [[nodiscard]] Partial& partial();
    void release_when_idle();

    const DecoderSettings* settings_;
    std::unique_ptr<Partial> partial_;  // only while a frame or a message is unfinished
    bool stopped_ = false;
};

}  // namespace holdfast::websocket
