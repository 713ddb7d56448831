#include "holdfast/websocket/frame_encoder.hpp"

#include <gtest/gtest.h>

#include "holdfast/base/crypto.hpp"
#include "holdfast/websocket/utf8.hpp"

namespace holdfast::websocket {
namespace {

std::string header_hex(std::uint64_t payload_bytes) {
    return hex_encode(encode_header(Opcode::binary, payload_bytes).view());
}

TEST(FrameEncoder, UsesTheShortestLengthOnBothSidesOfEveryBoundary) {
    EXPECT_EQ(header_hex(0), "8200");
    EXPECT_EQ(header_hex(125), "827d");
    EXPECT_EQ(header_hex(126), "827e007e");
    EXPECT_EQ(header_hex(127), "827e007f");
    EXPECT_EQ(header_hex(65535), "827effff");
    EXPECT_EQ(header_hex(65536), "827f0000000000010000");
}

// The examples of RFC 6455 section 5.7.
TEST(FrameEncoder, MakesTheExamplesOfTheSpecification) {
    std::string frame;
    append_server_frame(frame, Opcode::text, "Hello");
    EXPECT_EQ(hex_encode(frame), "810548656c6c6f");
    frame.clear();
    append_client_frame(frame, Opcode::text, "Hello", {0x37, 0xFA, 0x21, 0x3D});
    EXPECT_EQ(hex_encode(frame), "818537fa213d7f9f4d5158");
    frame.clear();
    append_server_frame(frame, Opcode::text, "Hel", false);
    append_server_frame(frame, Opcode::continuation, "lo");
    EXPECT_EQ(hex_encode(frame), "010348656c80026c6f");
}

TEST(FrameEncoder, CloseFramesCarryOnlyCodesThatMayBeSent) {
    EXPECT_EQ(hex_encode(server_close_frame(1000, "bye")), "880503e8627965");
    for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535}) {
        EXPECT_EQ(hex_encode(server_close_frame(static_cast<std::uint16_t>(code), "x")), "8800") << code;
    }
}

TEST(FrameEncoder, CutsALongReasonBetweenTwoCharacters) {
    std::string reason(122, 'a');
    reason += "\xE2\x82\xAC\xE2\x82\xAC";
    const auto payload = close_payload(1001, reason);
    EXPECT_EQ(payload.size(), 124U);
    EXPECT_TRUE(is_valid_utf8(std::string_view(payload).substr(2)));
}

TEST(FrameEncoder, MaskingAPieceGoesOnWhereTheLastPieceEnded) {
    const MaskKey key{1, 2, 3, 4};
    std::string whole(50, 'x');
    apply_mask({whole.data(), whole.size()}, key);
    for (std::size_t cut = 0; cut <= 50; ++cut) {
        std::string pieces(50, 'x');
        apply_mask({pieces.data(), cut}, key);
        apply_mask({pieces.data() + cut, 50 - cut}, key, cut);
        ASSERT_EQ(pieces, whole) << cut;
    }
}

}  // namespace
}  // namespace holdfast::websocket
