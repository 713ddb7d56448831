// Cases in the manner of the Autobahn test suite: framing, control frames, fragmentation, UTF-8, close codes,
// limits.
#include "holdfast/websocket/frame_decoder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "holdfast/websocket/frame_recorder.hpp"

namespace holdfast::websocket {
namespace {

using testing::client_frame;
using testing::decode_in_pieces;
using ::testing::ElementsAre;
using testing::FrameRecorder;
using namespace std::string_literals;

using Events = std::vector<std::string>;

Events decode(std::string stream, const DecoderSettings& settings = {}) {
    const std::size_t all = std::max<std::size_t>(stream.size(), 1);
    return decode_in_pieces(settings, std::move(stream), all);
}

std::string masked_header(std::initializer_list<int> bytes) {
    std::string header;
    for (const int byte : bytes)
        header.push_back(static_cast<char>(byte));
    return header;
}

std::string close_frame(int code, std::string_view reason = {}) {
    std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
    payload += reason;
    return client_frame(Opcode::close, payload);
}

TEST(FrameDecoder, ReadsMessagesOfEveryLengthForm) {
    for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 125U, 126U, 127U, 128U, 65535U, 65536U, 70000U}) {
        const std::string payload(size, '*');
        EXPECT_EQ(decode(client_frame(Opcode::text, payload)), Events{"text:" + payload}) << size;
        EXPECT_EQ(decode(client_frame(Opcode::binary, payload)), Events{"binary:" + payload}) << size;
    }
}

TEST(FrameDecoder, ReadsSeveralFramesFromOnePiece) {
    const auto stream = client_frame(Opcode::text, "one") + client_frame(Opcode::ping, "p") +
                        client_frame(Opcode::binary, "two") + client_frame(Opcode::pong, "") +
                        client_frame(Opcode::text, "three");
    EXPECT_THAT(decode(stream), ElementsAre("text:one", "ping:p", "binary:two", "pong:", "text:three"));
}

TEST(FrameDecoder, PassesAWholeFrameOnWithoutACopyAndOwnsNothingBetweenMessages) {
    class PointerSink final : public FrameSink {
      public:
        const char* at = nullptr;
        void on_message(std::string_view data, bool) override { at = data.data(); }
        void on_ping(std::string_view) override {}
        void on_pong(std::string_view) override {}
        void on_close(std::uint16_t, std::string_view) override {}
        void on_failure(std::uint16_t) override {}
    };
    static_assert(sizeof(FrameDecoder) <= 24);
    const DecoderSettings settings;
    FrameDecoder decoder(settings);
    PointerSink sink;
    auto frame = client_frame(Opcode::text, "hello");
    decoder.decode({frame.data(), frame.size()}, sink);
    EXPECT_EQ(sink.at, frame.data() + 6);
    EXPECT_EQ(decoder.held_bytes(), 0U);

    frame = client_frame(Opcode::text, "hello", false) + client_frame(Opcode::continuation, " again");
    decoder.decode({frame.data(), 14}, sink);
    EXPECT_GT(decoder.held_bytes(), 0U);
    decoder.decode({frame.data() + 14, frame.size() - 14}, sink);
    EXPECT_EQ(decoder.held_bytes(), 0U);
}

TEST(FrameDecoder, AnAnnouncedLengthAloneReservesNoMemory) {
    const DecoderSettings settings;
    FrameDecoder decoder(settings);
    FrameRecorder recorder;
    auto frame = client_frame(Opcode::binary, std::string(900'000, 'x'));
    decoder.decode({frame.data(), 100}, recorder);
    EXPECT_LT(decoder.held_bytes(), 2'000U);
}

TEST(FrameDecoder, RefusesReservedBits) {
    for (const int bits : {0x40, 0x20, 0x10, 0x70}) {
        auto frame = client_frame(Opcode::text, "x");
        frame[0] = static_cast<char>(frame[0] | bits);
        EXPECT_THAT(decode(frame), ElementsAre("failure 1002")) << bits;
        auto ping = client_frame(Opcode::ping, "x");
        ping[0] = static_cast<char>(ping[0] | bits);
        EXPECT_THAT(decode(client_frame(Opcode::text, "first") + ping),
                    ElementsAre("text:first", "failure 1002"));
    }
}

TEST(FrameDecoder, RefusesReservedOpcodes) {
    for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
        EXPECT_THAT(decode(client_frame(static_cast<Opcode>(opcode), "")), ElementsAre("failure 1002"))
            << opcode;
    }
}

TEST(FrameDecoder, AServerRefusesUnmaskedAndAClientMaskedFrames) {
    std::string unmasked;
    append_server_frame(unmasked, Opcode::text, "x");
    EXPECT_THAT(decode(unmasked), ElementsAre("failure 1002"));
    const DecoderSettings client{.expect_masked = false};
    EXPECT_THAT(decode(unmasked, client), ElementsAre("text:x"));
    EXPECT_THAT(decode(client_frame(Opcode::text, "x"), client), ElementsAre("failure 1002"));
}

TEST(FrameDecoder, RefusesWhatTheFirstTwoBytesGiveAwayWithoutWaitingForMore) {
    EXPECT_THAT(decode("\xC1\x85"s), ElementsAre("failure 1002"));
    EXPECT_THAT(decode("\x81\x7E"s), ElementsAre("failure 1002"));
    EXPECT_THAT(decode("\x89\xFE"s), ElementsAre("failure 1002"));
}

TEST(FrameDecoder, RefusesControlFramesThatAreLongOrFragmented) {
    const std::string most(125, 'p');
    EXPECT_EQ(decode(client_frame(Opcode::ping, most)), Events{"ping:" + most});
    for (const auto opcode : {Opcode::ping, Opcode::pong, Opcode::close}) {
        EXPECT_THAT(decode(client_frame(opcode, std::string(126, 'p'))), ElementsAre("failure 1002"));
        EXPECT_THAT(decode(client_frame(opcode, "p", false)), ElementsAre("failure 1002"));
    }
}

TEST(FrameDecoder, RefusesLengthsWithTheTopBitSetAndLengthsInALongerFormThanNeeded) {
    EXPECT_THAT(decode(masked_header({0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4})),
                ElementsAre("failure 1002"));
    EXPECT_THAT(
        decode(masked_header({0x82, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4})),
        ElementsAre("failure 1002"));
    EXPECT_THAT(decode(masked_header({0x82, 0xFE, 0, 125, 1, 2, 3, 4})), ElementsAre("failure 1002"));
    EXPECT_THAT(decode(masked_header({0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 1, 2, 3, 4})),
                ElementsAre("failure 1002"));
}

TEST(FrameDecoder, JoinsFragmentsAndLetsControlFramesPassBetweenThem) {
    const auto stream = client_frame(Opcode::text, "a", false) + client_frame(Opcode::ping, "1") +
                        client_frame(Opcode::continuation, "", false) + client_frame(Opcode::pong, "2") +
                        client_frame(Opcode::continuation, "b") + client_frame(Opcode::binary, "", false) +
                        client_frame(Opcode::continuation, "c");
    EXPECT_THAT(decode(stream), ElementsAre("ping:1", "pong:2", "text:ab", "binary:c"));
}

TEST(FrameDecoder, RefusesFragmentsOutOfOrder) {
    EXPECT_THAT(decode(client_frame(Opcode::continuation, "x")), ElementsAre("failure 1002"));
    EXPECT_THAT(decode(client_frame(Opcode::continuation, "x", false)), ElementsAre("failure 1002"));
    EXPECT_THAT(decode(client_frame(Opcode::text, "x", false) + client_frame(Opcode::text, "y")),
                ElementsAre("failure 1002"));
    EXPECT_THAT(decode(client_frame(Opcode::text, "x", false) + client_frame(Opcode::continuation, "y") +
                       client_frame(Opcode::continuation, "z")),
                ElementsAre("text:xy", "failure 1002"));
}

TEST(FrameDecoder, LimitsTheNumberOfFragmentsEmptyOnesToo) {
    const auto message_of = [](std::size_t frames) {
        std::string stream = client_frame(Opcode::text, "", false);
        for (std::size_t i = 2; i < frames; ++i)
            stream += client_frame(Opcode::continuation, "", false);
        return stream + client_frame(Opcode::continuation, "");
    };
    EXPECT_THAT(decode(message_of(100)), ElementsAre("text:"));
    EXPECT_THAT(decode(message_of(101)), ElementsAre("failure 1008"));
    EXPECT_THAT(decode(message_of(100) + message_of(100)), ElementsAre("text:", "text:"));
}

TEST(FrameDecoder, LimitsTheSizeOfAMessageFromTheAnnouncement) {
    const DecoderSettings settings{.message_bytes = 1000};
    const std::string most(1000, 'x');
    EXPECT_EQ(decode(client_frame(Opcode::binary, most), settings), Events{"binary:" + most});
    EXPECT_THAT(decode(client_frame(Opcode::binary, most + "x").substr(0, 4), settings),
                ElementsAre("failure 1009"));
    EXPECT_EQ(
        decode(client_frame(Opcode::binary, most.substr(1), false) + client_frame(Opcode::continuation, "x"),
               settings),
        Events{"binary:" + most});
    EXPECT_THAT(
        decode(client_frame(Opcode::binary, most, false) + client_frame(Opcode::continuation, "x"), settings),
        ElementsAre("failure 1009"));
    // The largest length there is.
    EXPECT_THAT(
        decode(masked_header({0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4}),
               settings),
        ElementsAre("failure 1009"));
}

TEST(FrameDecoder, RefusesInvalidUtf8InWholeMessagesAndAcrossFragments) {
    EXPECT_THAT(decode(client_frame(Opcode::text, "ok\xFF")), ElementsAre("failure 1007"));
    EXPECT_THAT(decode(client_frame(Opcode::text, "cut\xE2\x82")), ElementsAre("failure 1007"));
    EXPECT_THAT(decode(client_frame(Opcode::binary, "\xFF\xFE")), ElementsAre("binary:\xFF\xFE"));
    EXPECT_THAT(
        decode(client_frame(Opcode::text, "\xE2", false) + client_frame(Opcode::continuation, "\x28\xA1")),
        ElementsAre("failure 1007"));
    EXPECT_THAT(
        decode(client_frame(Opcode::text, "\xE2\x82", false) + client_frame(Opcode::continuation, "")),
        ElementsAre("failure 1007"));
    // Nothing of a bad message has to be awaited: the first bad byte ends it.
    EXPECT_THAT(decode(client_frame(Opcode::text, "\xFF", false)), ElementsAre("failure 1007"));
}

TEST(FrameDecoder, AcceptsACharacterSplitOverFragmentsAtEveryByte) {
    const std::string text = "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xF0\x9F\x98\x80";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        const auto stream = client_frame(Opcode::text, text.substr(0, cut), false) +
                            client_frame(Opcode::ping, "\xFF") +
                            client_frame(Opcode::continuation, text.substr(cut));
        EXPECT_THAT(decode(stream), ElementsAre("ping:\xFF", "text:" + text)) << cut;
    }
}

TEST(FrameDecoder, ReportsCloseCodesAndRefusesThoseThatMustNotBeSent) {
    EXPECT_THAT(decode(client_frame(Opcode::close, "")), ElementsAre("close 1005:"));
    EXPECT_THAT(decode(client_frame(Opcode::close, "\x03")), ElementsAre("failure 1002"));
    for (const int code :
         {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999}) {
        EXPECT_EQ(decode(close_frame(code, "why")), Events{"close " + std::to_string(code) + ":why"}) << code;
    }
    for (const int code : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
        EXPECT_THAT(decode(close_frame(code)), ElementsAre("failure 1002")) << code;
    }
    EXPECT_THAT(decode(close_frame(1000, "\xFF")), ElementsAre("failure 1007"));
    const std::string longest(123, 'r');
    EXPECT_EQ(decode(close_frame(1000, longest)), Events{"close 1000:" + longest});
}

TEST(FrameDecoder, IgnoresWhateverFollowsACloseOrAFailure) {
    EXPECT_THAT(decode(close_frame(1000) + client_frame(Opcode::text, "late")), ElementsAre("close 1000:"));
    EXPECT_THAT(decode(client_frame(Opcode::text, "\xFF") + client_frame(Opcode::text, "late")),
                ElementsAre("failure 1007"));
}

TEST(FrameDecoder, StopsWhenTheSinkSaysSo) {
    class StoppingSink final : public FrameSink {
      public:
        FrameDecoder* decoder = nullptr;
        int messages = 0;
        void on_message(std::string_view, bool) override {
            ++messages;
            decoder->stop();
        }
        void on_ping(std::string_view) override {}
        void on_pong(std::string_view) override {}
        void on_close(std::uint16_t, std::string_view) override {}
        void on_failure(std::uint16_t) override {}
    };
    const DecoderSettings settings;
    FrameDecoder decoder(settings);
    StoppingSink sink;
    sink.decoder = &decoder;
    auto stream = client_frame(Opcode::text, "a", false) + client_frame(Opcode::continuation, "b") +
                  client_frame(Opcode::text, "c");
    decoder.decode({stream.data(), stream.size()}, sink);
    EXPECT_EQ(sink.messages, 1);
    EXPECT_TRUE(decoder.stopped());
    EXPECT_EQ(decoder.held_bytes(), 0U);
}

}  // namespace
}  // namespace holdfast::websocket
