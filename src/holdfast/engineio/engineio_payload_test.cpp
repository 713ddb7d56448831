#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "holdfast/engineio/engineio_test_support.hpp"
#include "holdfast/engineio/payload.hpp"
#include "holdfast/engineio/websocket_frame.hpp"

namespace holdfast::engineio {
namespace {

using testing::parse_frames;
using testing::Strings;

std::string encoded(const OutgoingMessage& message) {
    std::string payload;
    append_message(payload, message);
    return payload;
}

TEST(FrameHeader, TakesTheShortestFormForEverySize) {
    const auto header = [](std::size_t size) {
        std::string bytes;
        append_frame_header(bytes, FrameKind::binary, size);
        EXPECT_EQ(bytes.size(), frame_header_bytes(size));
        return bytes;
    };
    EXPECT_EQ(header(0), std::string("\x82\x00", 2));
    EXPECT_EQ(header(125), "\x82\x7D");
    EXPECT_EQ(header(126), std::string("\x82\x7E\x00\x7E", 4));
    EXPECT_EQ(header(65535), "\x82\x7E\xFF\xFF");
    EXPECT_EQ(header(65536), std::string("\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00", 10));
    EXPECT_EQ(header(0x0102030405060708), std::string("\x82\x7F\x01\x02\x03\x04\x05\x06\x07\x08", 10));
}

TEST(Message, CachesTheTextFrameAndThenItsAttachments) {
    const OutgoingMessage message("2[\"a\"]", {"one", ""});
    EXPECT_EQ(parse_frames(message.websocket_frames()), (Strings{"42[\"a\"]", "<binary>one", "<binary>"}));
    EXPECT_EQ(message.text(), "2[\"a\"]");
    EXPECT_EQ(message.size_bytes(), message.websocket_frames().size());
}

TEST(Message, MayBeBinaryAlone) {
    const OutgoingMessage message = OutgoingMessage::binary("bytes");
    EXPECT_EQ(parse_frames(message.websocket_frames()), Strings{"<binary>bytes"});
    EXPECT_EQ(encoded(message), "bYnl0ZXM=");
    EXPECT_FALSE(message.has_text());
}

TEST(Message, AnEmptyTextIsStillAMessage) {
    EXPECT_EQ(encoded(OutgoingMessage("")), "4");
    EXPECT_EQ(parse_frames(OutgoingMessage("").websocket_frames()), Strings{"4"});
}

TEST(Message, OtherFramesAreKeptAndAllThreadsGetTheSame) {
    const OutgoingMessage message("text", {"attachment"});
    std::atomic<int> made = 0;
    std::vector<const std::string*> seen(4);
    std::vector<std::thread> threads;
    for (auto& each : seen) {
        threads.emplace_back([&message, &made, &each] {
            each = &message.other_frames([&made](const OutgoingMessage& plain) {
                ++made;
                return "other form of " + std::string(plain.text());
            });
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_GE(made, 1);
    for (const std::string* each : seen)
        EXPECT_EQ(each, seen.front());
    EXPECT_EQ(*seen.front(), "other form of text");
    const int before = made;
    (void)message.other_frames([&made](const OutgoingMessage&) {
        ++made;
        return std::string("not needed");
    });
    EXPECT_EQ(made, before);
    EXPECT_EQ(message.largest_payload_bytes(), 10U);
}

TEST(Payload, SeparatesPacketsAndWritesBinaryAsBase64) {
    std::string payload;
    append_packet(payload, PacketType::ping);
    append_message(payload, OutgoingMessage("hello", {std::string("\x01\x02\x03\x04", 4)}));
    EXPECT_EQ(payload,
              "2\x1e"
              "4hello\x1e"
              "bAQIDBA==");
}

TEST(Payload, BinaryThatLooksLikeAnOldProtocolIsBinary) {
    const auto packet = decode_packet("b4AAA");
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->binary);
    EXPECT_EQ(packet->data(), std::string("\xE0\x00\x00", 3));
}

TEST(Payload, EmptyBinaryIsAMessage) {
    const auto packet = decode_packet("b");
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->binary);
    EXPECT_EQ(packet->data(), "");
}

TEST(Payload, WhatIsNoPacketIsAnError) {
    EXPECT_EQ(decode_packet("").error(), PacketError::empty);
    for (const char* text : {"7", "abc", "9", "/", " 4", "\x80"}) {
        EXPECT_EQ(decode_packet(text).error(), PacketError::unknown_type) << text;
    }
    EXPECT_EQ(decode_packet("b#").error(), PacketError::bad_base64);
}

TEST(Payload, AnEmptyBodyAndATrailingSeparatorGiveEmptyPackets) {
    const auto packets = [](std::string_view body) {
        Strings all;
        PayloadReader reader(body);
        while (const auto packet = reader.next())
            all.emplace_back(*packet);
        return all;
    };
    EXPECT_EQ(packets(""), Strings{""});
    EXPECT_EQ(packets("4a\x1e"), (Strings{"4a", ""}));
    EXPECT_EQ(packets("\x1e\x1e"), (Strings{"", "", ""}));
}

TEST(Payload, Utf8IsTheStrictKind) {
    EXPECT_TRUE(is_utf8(""));
    EXPECT_TRUE(is_utf8("z\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8E\x89\xF4\x8F\xBF\xBF\xED\x9F\xBF\xEE\x80\x80"));
    for (const char* text : {"\x80", "\xC3", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
                             "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82",
                             "\xF0\x9F\x8E", "\xFF", "\xE2\x28\xA1", "a\xC3z"}) {
        EXPECT_FALSE(is_utf8(text)) << ::testing::PrintToString(std::string(text));
    }
}

/// Text of a message: anything that is UTF-8 and holds no separator.
rc::Gen<std::string> text_generator() {
    return rc::gen::container<std::string>(rc::gen::inRange<char>(0x1f, 0x7f));
}

RC_GTEST_PROP(PayloadProperty, WhatIsEncodedDecodesToTheSame, ()) {
    const auto texts = *rc::gen::container<std::vector<std::string>>(text_generator());
    const auto binaries = *rc::gen::arbitrary<std::vector<std::string>>();
    RC_PRE(!texts.empty());
    std::string payload;
    std::vector<std::string> expected;
    std::size_t sum = 0;
    for (std::size_t index = 0; index < texts.size(); ++index) {
        const OutgoingMessage message(texts[index], index == 0 ? binaries : std::vector<std::string>{});
        RC_ASSERT(payload_bytes(message) == encoded(message).size());
        sum += payload_bytes(message) + (index == 0 ? 0 : 1);
        append_message(payload, message);
        expected.push_back("text:" + texts[index]);
        if (index == 0) {
            for (const auto& bytes : binaries)
                expected.push_back("binary:" + bytes);
        }
    }
    RC_ASSERT(payload.size() == sum);
    std::vector<std::string> decoded;
    PayloadReader reader(payload);
    while (const auto text = reader.next()) {
        const auto packet = decode_packet(*text);
        RC_ASSERT(packet.has_value());
        RC_ASSERT(packet->type == PacketType::message);
        decoded.push_back((packet->binary ? "binary:" : "text:") + std::string(packet->data()));
    }
    RC_ASSERT(decoded == expected);
}

RC_GTEST_PROP(PayloadProperty, FramesCarryTheSameAsPayloads, ()) {
    const auto text = *text_generator();
    const auto size = *rc::gen::element<std::size_t>(0, 1, 125, 126, 65535, 65536);
    const OutgoingMessage message(text, {std::string(size, 'x')});
    RC_ASSERT(parse_frames(message.websocket_frames()) ==
              (Strings{"4" + text, "<binary>" + std::string(size, 'x')}));
    const Strings as_text = parse_frames(frames_without_binary(message));
    RC_ASSERT(as_text.size() == 2U);
    RC_ASSERT(decode_packet(as_text[1])->data() == std::string(size, 'x'));
}

RC_GTEST_PROP(PayloadProperty, RandomBodiesAreReadToTheirEnd, (const std::string& body)) {
    PayloadReader reader(body);
    std::size_t bytes = 0;
    std::size_t packets = 0;
    while (const auto text = reader.next()) {
        bytes += text->size();
        ++packets;
        const auto packet = decode_packet(*text);
        if (packet && packet->binary) RC_ASSERT(packet->data().size() <= text->size());
    }
    RC_ASSERT(bytes + packets - 1 == body.size());
}

}  // namespace
}  // namespace holdfast::engineio
