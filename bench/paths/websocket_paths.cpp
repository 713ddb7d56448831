// Frames (RFC 6455) to messages and back.
#include <string>
#include <string_view>

#include "frames.hpp"
#include "holdfast/websocket/frame_encoder.hpp"
#include "path.hpp"

namespace holdfast::bench {
namespace {

constexpr std::string_view small_message = R"(42["answer",{"round":1234,"item":"A","answer":true}])";

class Decode final : public Path, private IgnoringSink {
  public:
    explicit Decode(std::size_t message_bytes) : message_(small_message) {
        message_.resize(std::max(message_bytes, message_.size()), 'x');
    }
    void prepare(std::size_t operations) override {
        frames_.fill(operations, message_);
        bytes_ = 0;
    }
    void run(std::size_t operations) override {
        for (std::size_t index = 0; index < operations; ++index)
            decoder_.decode(frames_.at(index), *this);
        wanted_bytes_ = operations * message_.size();
    }
    [[nodiscard]] std::string complaint() const override {
        return expect_count("bytes of messages", bytes_, wanted_bytes_);
    }

  private:
    void on_message(std::string_view data, bool /*binary*/) override { bytes_ += data.size(); }

    std::string message_;
    FrameBuffer frames_;
    websocket::DecoderSettings settings_;
    websocket::FrameDecoder decoder_{settings_};
    std::size_t bytes_ = 0;
    std::size_t wanted_bytes_ = 0;
};

class Encode final : public Path {
  public:
    void prepare(std::size_t /*operations*/) override { out_.clear(); }
    void run(std::size_t operations) override {
        for (std::size_t index = 0; index < operations; ++index)
            websocket::append_server_frame(out_, websocket::Opcode::text, small_message);
        wanted_bytes_ = operations * (small_message.size() + 2);
    }
    [[nodiscard]] std::string complaint() const override {
        return expect_count("bytes of frames", out_.size(), wanted_bytes_);
    }

  private:
    std::string out_;
    std::size_t wanted_bytes_ = 0;
};

}  // namespace

std::vector<PathInfo> websocket_paths() {
    return {
        path<Decode>("websocket.decode_small", "frame of 52 bytes", 1'000, std::size_t{0}),
        path<Decode>("websocket.decode_large", "frame of 64 KiB", 10, std::size_t{65'536}),
        path<Encode>("websocket.encode_small", "frame of 52 bytes", 1'000),
    };
}

}  // namespace holdfast::bench
