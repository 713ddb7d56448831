// permessage-deflate (RFC 7692): the negotiation, the codec, and the rules for frames.
#include "holdfast/websocket/deflate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <zlib.h>

#include "holdfast/websocket/frame_recorder.hpp"

namespace holdfast::websocket {
namespace {

using testing::client_frame;
using ::testing::ElementsAre;
using testing::FrameRecorder;
using namespace std::string_view_literals;

constexpr std::string_view agreed =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

std::string answer_to(std::string_view offers, int window_bits = window_bits_most) {
    const auto result = negotiate_deflate(offers, window_bits);
    if (!result) return "malformed";
    return *result ? (*result)->response : "none";
}

/// A recorder that has agreed on compression.
class DeflateRecorder final : public FrameSink {
  public:
    FrameRecorder inner;
    void on_message(std::string_view data, bool binary) override { inner.on_message(data, binary); }
    void on_ping(std::string_view data) override { inner.on_ping(data); }
    void on_pong(std::string_view data) override { inner.on_pong(data); }
    void on_close(std::uint16_t code, std::string_view reason) override { inner.on_close(code, reason); }
    void on_failure(std::uint16_t code) override { inner.on_failure(code); }
    Inflater* inflater() override { return &inflater_; }

  private:
    Inflater inflater_;
};

std::vector<std::string> decode(std::string stream, std::size_t piece_bytes = SIZE_MAX,
                                const DecoderSettings& settings = {}) {
    FrameDecoder decoder(settings);
    DeflateRecorder recorder;
    for (std::size_t at = 0; at < stream.size();) {
        const auto size = std::min(piece_bytes, stream.size() - at);
        decoder.decode({stream.data() + at, size}, recorder);
        at += size;
    }
    return recorder.inner.events;
}

std::string with_rsv1(std::string frame) {
    frame[0] = static_cast<char>(static_cast<unsigned char>(frame[0]) | 0x40U);
    return frame;
}

/// As a client would compress it, whether that helps or not.
std::string deflated(std::string_view message, int level = Z_DEFAULT_COMPRESSION) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(message.size() + message.size() / 100 + 100, '\0');
    std::string copy(message);
    stream.next_in = reinterpret_cast<Bytef*>(copy.data());
    stream.avail_in = static_cast<uInt>(copy.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(::deflate(&stream, Z_SYNC_FLUSH), Z_OK);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    out.resize(out.size() - 4);
    return out;
}

TEST(DeflateOffer, IsMetWithoutContextTakeover) {
    EXPECT_EQ(answer_to("permessage-deflate"), agreed);
    EXPECT_EQ(answer_to("permessage-deflate; client_max_window_bits"), agreed);
    EXPECT_EQ(answer_to("permessage-deflate; client_max_window_bits=10;server_no_context_takeover"), agreed);
    EXPECT_EQ(answer_to("permessage-deflate;client_no_context_takeover ; client_max_window_bits=\"15\""),
              agreed);
    EXPECT_EQ(answer_to(""), "none");
    EXPECT_EQ(answer_to("x-webkit-deflate-frame"), "none");
}

TEST(DeflateOffer, TheServersWindowIsWhatTheClientCanHold) {
    EXPECT_EQ(answer_to("permessage-deflate; server_max_window_bits=10"),
              std::string(agreed) + "; server_max_window_bits=10");
    EXPECT_EQ(answer_to("permessage-deflate; server_max_window_bits=12", 9),
              std::string(agreed) + "; server_max_window_bits=9");
    EXPECT_EQ(negotiate_deflate("permessage-deflate; server_max_window_bits=10")->value().window_bits, 10);
    EXPECT_EQ(negotiate_deflate("permessage-deflate", 11)->value().window_bits, 11);
    // zlib cannot keep to the smallest window, so the next offer counts.
    EXPECT_EQ(answer_to("permessage-deflate; server_max_window_bits=8"), "none");
    EXPECT_EQ(answer_to("permessage-deflate; server_max_window_bits=8, permessage-deflate"), agreed);
}

TEST(DeflateOffer, WithUnknownDoubleOrWrongParametersIsDeclinedAndTheNextOneIsTried) {
    for (const std::string bad :
         {"permessage-deflate; foo", "permessage-deflate; foo=1",
          "permessage-deflate; server_max_window_bits", "permessage-deflate; server_max_window_bits=16",
          "permessage-deflate; server_max_window_bits=010",
          "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
          "permessage-deflate; client_max_window_bits=7", "permessage-deflate; client_max_window_bits=x",
          "permessage-deflate; client_max_window_bits; client_max_window_bits",
          "permessage-deflate; server_no_context_takeover=1",
          "permessage-deflate; client_no_context_takeover; client_no_context_takeover"}) {
        EXPECT_EQ(answer_to(bad), "none") << bad;
        EXPECT_EQ(answer_to(bad + ", permessage-deflate"), agreed) << bad;
    }
}

TEST(DeflateOffer, WhatBreaksTheGrammarFailsTheHandshake) {
    for (const char* bad : {";", "permessage-deflate;", "permessage-deflate; a=", "permessage-deflate; a=\"b",
                            "permessage-deflate b", "permessage-deflate; a=\"b c\"", "a, b; =c", "\"x\"",
                            "permessage-deflate; \x01"}) {
        EXPECT_EQ(answer_to(bad), "malformed") << bad;
    }
    EXPECT_EQ(answer_to(", ,permessage-deflate,"), agreed) << "empty elements are allowed";
}

TEST(Deflate, TheExamplesOfTheSpecificationAreRead) {
    // RFC 7692 sections 7.2.3.1, 7.2.3.3, 7.2.3.4 and 7.2.3.5.
    EXPECT_THAT(decode(with_rsv1(client_frame(Opcode::text, "\xf2\x48\xcd\xc9\xc9\x07\x00"sv))),
                ElementsAre("text:Hello"));
    EXPECT_THAT(
        decode(with_rsv1(client_frame(Opcode::text, "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"sv))),
        ElementsAre("text:Hello"));
    EXPECT_THAT(decode(with_rsv1(client_frame(Opcode::text, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"sv))),
                ElementsAre("text:Hello"));
    EXPECT_THAT(decode(with_rsv1(
                    client_frame(Opcode::text, "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"sv))),
                ElementsAre("text:Hello"));
    EXPECT_THAT(decode(with_rsv1(client_frame(Opcode::binary, "\x00"sv))), ElementsAre("binary:"));
}

TEST(Deflate, AFragmentedMessageIsMarkedOnItsFirstFrameAlone) {
    const auto payload = deflated(std::string(1000, 'a') + "\xE2\x82\xAC");
    const auto first = with_rsv1(client_frame(Opcode::text, payload.substr(0, 3), false));
    const auto stream = first + client_frame(Opcode::ping, "between") +
                        client_frame(Opcode::continuation, payload.substr(3)) +
                        client_frame(Opcode::text, "plain") + client_frame(Opcode::text, "a", false) +
                        client_frame(Opcode::continuation, "b");
    for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, SIZE_MAX}) {
        EXPECT_THAT(decode(stream, piece),
                    ElementsAre("ping:between", "text:" + std::string(1000, 'a') + "\xE2\x82\xAC",
                                "text:plain", "text:ab"));
    }
    EXPECT_THAT(decode(first + with_rsv1(client_frame(Opcode::continuation, payload.substr(3)))),
                ElementsAre("failure 1002"));
}

TEST(Deflate, TheBitIsRefusedOnControlFramesAndWithoutAgreement) {
    EXPECT_THAT(decode(with_rsv1(client_frame(Opcode::ping, ""))), ElementsAre("failure 1002"));
    EXPECT_THAT(decode(with_rsv1(client_frame(Opcode::close, ""))), ElementsAre("failure 1002"));
    const auto frame = with_rsv1(client_frame(Opcode::text, "\xf2\x48\xcd\xc9\xc9\x07\x00"sv));
    EXPECT_THAT(testing::decode_in_pieces({}, frame, frame.size()), ElementsAre("failure 1002"));
    auto reserved = client_frame(Opcode::text, "x");
    reserved[0] = static_cast<char>(static_cast<unsigned char>(reserved[0]) | 0x20U);
    EXPECT_THAT(decode(reserved), ElementsAre("failure 1002"));
}

TEST(Deflate, WhatIsNoDeflateOrCutOffIs1007) {
    const auto payload = deflated("a text that is long enough to be cut in the middle of something");
    EXPECT_THAT(decode(with_rsv1(client_frame(Opcode::binary, "\xff\xff\xff"))), ElementsAre("failure 1007"));
    EXPECT_THAT(decode(with_rsv1(client_frame(Opcode::binary, ""))), ElementsAre("failure 1007"));
    for (std::size_t size = 1; size < payload.size() - 1; ++size) {
        EXPECT_THAT(decode(with_rsv1(client_frame(Opcode::binary, payload.substr(0, size)))),
                    ElementsAre("failure 1007"))
            << size;
    }
    EXPECT_THAT(decode(with_rsv1(client_frame(Opcode::text, deflated("\xC0\xAF")))),
                ElementsAre("failure 1007"));
}

TEST(Deflate, ABombIs1009AndNeverGrowsBeyondTheLimit) {
    const DecoderSettings settings{.message_bytes = 100'000};
    const auto exact = deflated(std::string(100'000, 'x'));
    EXPECT_THAT(decode(with_rsv1(client_frame(Opcode::binary, exact)), SIZE_MAX, settings),
                ElementsAre("binary:" + std::string(100'000, 'x')));
    const auto over = deflated(std::string(100'001, 'x'));
    EXPECT_THAT(decode(with_rsv1(client_frame(Opcode::binary, over)), SIZE_MAX, settings),
                ElementsAre("failure 1009"));
    const auto bomb = deflated(std::string(50'000'000, 'x'));
    ASSERT_LT(bomb.size(), 60'000U);
    EXPECT_THAT(decode(with_rsv1(client_frame(Opcode::binary, bomb)), 1000, settings),
                ElementsAre("failure 1009"));
    const auto blocks = std::string(60'000, '\0');  // empty blocks, thousands of them
    EXPECT_THAT(decode(with_rsv1(client_frame(Opcode::binary, blocks)), SIZE_MAX, settings),
                ElementsAre("failure 1007"));
}

TEST(Deflate, OneInflaterKeepsToTheLimitOfEachCall) {
    Inflater inflater;
    EXPECT_EQ(inflater.inflate(deflated(std::string(50'000, 'x')), 100'000)->size(), 50'000U);
    EXPECT_EQ(inflater.inflate(deflated(std::string(1'001, 'x')), 1'000).error(), InflateError::too_large);
    EXPECT_EQ(inflater.inflate(deflated(std::string(1'000, 'x')), 1'000)->size(), 1'000U);
    EXPECT_EQ(inflater.inflate("\xFF", 1'000).error(), InflateError::broken);
    EXPECT_EQ(inflater.inflate(deflated("on"), 1'000).value(), "on") << "after a failure";
}

TEST(Deflate, AMessageOfTheLimitThatCannotBeCompressedPasses) {
    std::string noise(100'000, '\0');
    std::uint32_t state = 1;
    for (char& byte : noise) {
        state = state * 1'664'525 + 1'013'904'223;
        byte = static_cast<char>(state >> 24U);
    }
    const auto payload = deflated(noise);
    ASSERT_GT(payload.size(), noise.size());
    EXPECT_LE(payload.size(), compressed_bytes_most(noise.size()));
    const DecoderSettings settings{.message_bytes = noise.size()};
    EXPECT_THAT(decode(with_rsv1(client_frame(Opcode::binary, payload)), SIZE_MAX, settings),
                ElementsAre("binary:" + noise));
    const auto too_long = std::string(compressed_bytes_most(noise.size()) + 1, 'x');
    EXPECT_THAT(decode(with_rsv1(client_frame(Opcode::binary, too_long)), SIZE_MAX, settings),
                ElementsAre("failure 1009"));
}

TEST(Deflate, WhatIsCompressedIsReadBackHoweverTheStreamIsCut) {
    EXPECT_TRUE(rc::check([](const std::string& seed, bool many) {
        std::string message = seed;
        while (many && !message.empty() && message.size() < 70'000)
            message += message;
        const int bits = *rc::gen::inRange(window_bits_least, window_bits_most + 1);
        Deflater deflater;
        const auto smaller = deflater.deflate(message, bits);
        RC_PRE(smaller.has_value());
        RC_ASSERT(smaller->size() < message.size());
        const auto frame = with_rsv1(client_frame(Opcode::binary, *smaller));
        const auto piece = *rc::gen::inRange<std::size_t>(1, frame.size() + 1);
        RC_ASSERT(decode(frame, piece) == std::vector<std::string>{"binary:" + message});
    }));
}

TEST(Deflate, RandomPayloadsDoNoHarm) {
    EXPECT_TRUE(rc::check([](const std::string& bytes) {
        const auto events =
            decode(with_rsv1(client_frame(Opcode::binary, bytes)), SIZE_MAX, {.message_bytes = 5'000});
        RC_ASSERT(events.size() == 1U);
    }));
}

TEST(Deflate, ShortOrIncompressibleMessagesStayAsTheyAre) {
    Deflater deflater;
    std::string out;
    deflater.append_server_frame(out, Opcode::text, std::string(1023, 'x'), 15, 1024);
    EXPECT_EQ(static_cast<unsigned char>(out[0]), 0x81U);
    out.clear();
    deflater.append_server_frame(out, Opcode::text, std::string(1024, 'x'), 15, 1024);
    EXPECT_EQ(static_cast<unsigned char>(out[0]), 0xC1U);
    EXPECT_LT(out.size(), 100U);
    out.clear();
    deflater.append_server_frame(out, Opcode::binary, "ab", 15, 0);
    EXPECT_EQ(static_cast<unsigned char>(out[0]), 0x82U) << "would not become smaller";
}

}  // namespace
}  // namespace holdfast::websocket
