// Properties: the events do not depend on how the stream was cut, whatever is encoded decodes to itself, and
// no input of any kind does harm.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

#include "holdfast/websocket/frame_recorder.hpp"

namespace holdfast::websocket {
namespace {

using testing::client_frame;
using testing::decode_in_pieces;
using testing::FrameRecorder;

constexpr Opcode opcodes[] = {Opcode::continuation, Opcode::text, Opcode::binary,
                              Opcode::close,        Opcode::ping, Opcode::pong};

// A stream of frames that are right for the most part, so that cases get past the first frame.
std::string any_stream() {
    std::string stream;
    const auto frames = *rc::gen::inRange(1, 12);
    bool in_message = false;
    for (int i = 0; i < frames; ++i) {
        const auto kind = *rc::gen::weightedElement<int>({{10, 0}, {3, 1}, {1, 2}});
        auto opcode = in_message ? Opcode::continuation : *rc::gen::element(Opcode::text, Opcode::binary);
        if (kind == 1) opcode = *rc::gen::element(Opcode::ping, Opcode::pong);
        if (kind == 2)
            opcode = *rc::gen::elementOf(std::vector<Opcode>(std::begin(opcodes), std::end(opcodes)));
        const bool final = kind == 1 || *rc::gen::element(true, true, false);
        const auto size = *rc::gen::weightedOneOf<int>({{6, rc::gen::inRange(0, 20)},
                                                        {2, rc::gen::inRange(120, 130)},
                                                        {1, rc::gen::inRange(65530, 65540)}});
        auto payload = std::string(static_cast<std::size_t>(kind == 1 ? size % 126 : size), 'a');
        if (!payload.empty() && *rc::gen::element(false, false, true)) payload.replace(0, 1, "\xE2\x82\xAC");
        if (*rc::gen::inRange(0, 20) == 0) payload += '\xFF';
        stream += client_frame(opcode, payload, final);
        if (kind != 1) in_message = !final;
    }
    return stream;
}

TEST(FrameSplit, EventsAreTheSameHoweverTheStreamIsCut) {
    EXPECT_TRUE(rc::check([] {
        const DecoderSettings settings{.message_bytes = 70'000, .message_fragments = 5};
        const auto stream = any_stream();
        const auto whole = decode_in_pieces(settings, stream, stream.size());

        FrameDecoder decoder(settings);
        FrameRecorder recorder;
        auto copy = stream;
        for (std::size_t at = 0; at < copy.size();) {
            const auto wish =
                *rc::gen::weightedOneOf<std::size_t>({{5, rc::gen::inRange<std::size_t>(1, 8)},
                                                      {2, rc::gen::inRange<std::size_t>(1, 5000)},
                                                      {1, rc::gen::just<std::size_t>(70'000)}});
            const auto piece = std::min(wish, copy.size() - at);
            decoder.decode({copy.data() + at, piece}, recorder);
            at += piece;
        }
        RC_ASSERT(recorder.events == whole);
    }));
}

TEST(FrameSplit, EventsAreTheSameOneByteAtATime) {
    EXPECT_TRUE(rc::check([] {
        const DecoderSettings settings{.message_bytes = 70'000};
        const auto stream = any_stream();
        RC_ASSERT(decode_in_pieces(settings, stream, 1) == decode_in_pieces(settings, stream, stream.size()));
    }));
}

TEST(FrameSplit, WhatIsEncodedDecodesToItselfInBothDirections) {
    EXPECT_TRUE(rc::check([](const std::string& payload, const MaskKey& key) {
        const auto size = *rc::gen::inRange<std::size_t>(0, 70'000);
        std::string data = payload;
        while (!data.empty() && data.size() < size)
            data += data.substr(0, size - data.size());
        std::string frame;
        append_client_frame(frame, Opcode::binary, data, key);
        RC_ASSERT(decode_in_pieces({}, frame, frame.size()) == std::vector<std::string>{"binary:" + data});
        frame.clear();
        append_server_frame(frame, Opcode::binary, data);
        const DecoderSettings client{.expect_masked = false};
        RC_ASSERT(decode_in_pieces(client, frame, frame.size()) ==
                  std::vector<std::string>{"binary:" + data});
    }));
}

TEST(FrameSplit, RandomBytesEndInAtMostOneFailureOrClose) {
    EXPECT_TRUE(rc::check([](std::string bytes) {
        const DecoderSettings settings{.message_bytes = 1000};
        const auto events = decode_in_pieces(settings, bytes, 7);
        for (std::size_t i = 0; i + 1 < events.size(); ++i) {
            RC_ASSERT(!events[i].starts_with("failure") && !events[i].starts_with("close"));
        }
    }));
}

}  // namespace
}  // namespace holdfast::websocket
