#include "holdfast/socketio/packet.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <chrono>

namespace holdfast::socketio {
namespace {

PacketDecoder::Answer decode(std::string_view text) {
    PacketDecoder decoder;
    return decoder.add_text(text, {});
}

/// The packet, which has to be complete with its text.
Packet decoded(std::string_view text) {
    auto answer = decode(text);
    EXPECT_TRUE(answer.has_value()) << text << ": " << to_string(answer.error());
    EXPECT_TRUE(answer.has_value() && answer->has_value()) << text;
    return answer && *answer ? std::move(**answer) : Packet{};
}

/// The error, which has to be one.
std::optional<PacketError> refused(std::string_view text) {
    const auto answer = decode(text);
    return answer ? std::nullopt : std::optional(answer.error());
}

json::value parsed(std::string_view text) {
    return json::parse(text);
}

TEST(Packet, ConnectToTheMainNamespaceInEverySpellingThatClientsUse) {
    for (const auto* text : {"0", "0/", "0/,", "0{}", "0/,{}"}) {
        const auto packet = decoded(text);
        EXPECT_EQ(packet.type, PacketType::connect) << text;
        EXPECT_EQ(packet.nsp, "/") << text;
    }
    EXPECT_EQ(decoded("1/,").type, PacketType::disconnect);
    EXPECT_EQ(decoded("1").type, PacketType::disconnect);
}

TEST(Packet, NamespaceWithAndWithoutItsComma) {
    EXPECT_EQ(decoded("0/admin").nsp, "/admin");
    EXPECT_EQ(decoded("0/admin,").nsp, "/admin");
    const auto with_auth = decoded(R"(0/admin,{"token":"x"})");
    EXPECT_EQ(with_auth.nsp, "/admin");
    EXPECT_EQ(with_auth.data, parsed(R"({"token":"x"})"));
}

TEST(Packet, EventNameMayBeANumber) {
    EXPECT_EQ(decoded(R"(2[1,"a"])").data, parsed(R"([1,"a"])"));
}

TEST(Packet, EventWithNothingBehindItIsAccepted) {
    EXPECT_TRUE(decoded("2").data.is_null());
}

TEST(Packet, AckIdZeroIsAnId) {
    EXPECT_EQ(decoded(R"(20["a"])").id, 0U);
    EXPECT_EQ(decoded(R"(2/admin,0["a"])").id, 0U);
    EXPECT_EQ(decoded("30[]").id, 0U);
    EXPECT_EQ(decoded(R"(2["a"])").id, std::nullopt);
}

TEST(Packet, AckIdsEndAtTwoToThe53) {
    EXPECT_EQ(decoded(R"(29007199254740991["a"])").id, 9007199254740991U);
    EXPECT_EQ(refused(R"(29007199254740992["a"])"), PacketError::bad_ack_id);
    EXPECT_EQ(refused(R"(218446744073709551617["a"])"), PacketError::bad_ack_id);
    EXPECT_EQ(refused("2" + std::string(400, '9') + R"(["a"])"), PacketError::bad_ack_id);
}

TEST(Packet, DashesInsideJsonAreNoAttachmentMarks) {
    EXPECT_EQ(decoded(R"(2["a-b","1-"])").data, parsed(R"(["a-b","1-"])"));
    PacketDecoder decoder;
    const auto answer = decoder.add_text(R"(51-["a-b-2-",{"_placeholder":true,"num":0}])", {});
    ASSERT_TRUE(answer.has_value());
    EXPECT_TRUE(decoder.waiting());
}

TEST(Packet, AttachmentCountStandsBeforeTheNamespace) {
    PacketDecoder decoder;
    ASSERT_TRUE(decoder.add_text(R"(51-/admin,7["a",{"_placeholder":true,"num":0}])", {}).has_value());
    const auto answer = decoder.add_binary("xyz");
    ASSERT_TRUE(answer && *answer);
    EXPECT_EQ((*answer)->nsp, "/admin");
    EXPECT_EQ((*answer)->id, 7U);
    EXPECT_EQ((*answer)->attachments, std::vector<std::string>{"xyz"});
    EXPECT_FALSE(decode(R"(5/admin,1-["a",{"_placeholder":true,"num":0}])").has_value());
}

TEST(Packet, ZeroLengthAttachmentCounts) {
    PacketDecoder decoder;
    ASSERT_TRUE(
        decoder.add_text(R"(52-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])", {})
            .has_value());
    const auto first = decoder.add_binary("");
    ASSERT_TRUE(first.has_value());
    EXPECT_FALSE(first->has_value());
    const auto second = decoder.add_binary("b");
    ASSERT_TRUE(second && *second);
    EXPECT_EQ((*second)->attachments, (std::vector<std::string>{"", "b"}));
    EXPECT_FALSE(decoder.waiting());
}

TEST(Packet, BinaryAckIsAnAckWithAttachments) {
    PacketDecoder decoder;
    ASSERT_TRUE(decoder.add_text(R"(61-3[{"_placeholder":true,"num":0}])", {}).has_value());
    const auto answer = decoder.add_binary("z");
    ASSERT_TRUE(answer && *answer);
    EXPECT_EQ((*answer)->type, PacketType::ack);
    EXPECT_EQ((*answer)->id, 3U);
}

TEST(Packet, BadAttachmentCountsAreRefused) {
    EXPECT_EQ(refused(R"(50-["x"])"), PacketError::bad_attachment_count);
    EXPECT_EQ(refused("511-"), PacketError::too_many_attachments);
    EXPECT_EQ(refused(R"(511-["x"])"), PacketError::too_many_attachments);
    EXPECT_EQ(refused("5-1-"), PacketError::bad_attachment_count);
    EXPECT_EQ(refused(R"(5-["x"])"), PacketError::bad_attachment_count);
    EXPECT_EQ(refused("50x1-"), PacketError::bad_attachment_count);
    EXPECT_EQ(refused("51"), PacketError::bad_attachment_count);
    EXPECT_EQ(refused("5"), PacketError::bad_attachment_count);
    EXPECT_EQ(refused("5" + std::string(400, '9') + "-"), PacketError::bad_attachment_count);
    EXPECT_EQ(refused("51-"), PacketError::bad_placeholder);
}

TEST(Packet, TenAttachmentsAreAcceptedElevenAreNot) {
    const auto with = [](int count) {
        std::string text = "5" + std::to_string(count) + R"(-["x")";
        for (int i = 0; i < count; ++i) {
            text += R"(,{"_placeholder":true,"num":)" + std::to_string(i) + "}";
        }
        return text + "]";
    };
    EXPECT_TRUE(decode(with(10)).has_value());
    EXPECT_EQ(refused(with(11)), PacketError::too_many_attachments);
}

TEST(Packet, PlaceholderNumbersAreSmallIntegersInRange) {
    const auto with = [](std::string_view number) {
        return R"(51-["x",{"_placeholder":true,"num":)" + std::string(number) + "}]";
    };
    EXPECT_TRUE(decode(with("0")).has_value());
    for (const auto* number : {R"("splice")", "1", "-1", "0.5", "null", "[]", "1e300", R"("0")",
                               "18446744073709551615", "123456789012345678901234567890"}) {
        EXPECT_EQ(refused(with(number)), PacketError::bad_placeholder) << number;
    }
    EXPECT_EQ(refused(R"(51-["x",{"_placeholder":true}])"), PacketError::bad_placeholder);
}

TEST(Packet, EveryAnnouncedAttachmentIsUsed) {
    EXPECT_EQ(refused(R"(51-["x"])"), PacketError::bad_placeholder);
    EXPECT_EQ(refused(R"(52-["x",{"_placeholder":true,"num":0}])"), PacketError::bad_placeholder);
    EXPECT_TRUE(decode(R"(51-["x",{"a":[{"deep":{"_placeholder":true,"num":0}}]}])").has_value());
}

TEST(Packet, PlaceholderInATextEventIsPlainData) {
    EXPECT_EQ(decoded(R"(2["x",{"_placeholder":true,"num":99}])").data.at(1).at("num"), 99);
}

TEST(Packet, TextWhileAttachmentsAreDueIsRefused) {
    PacketDecoder decoder;
    ASSERT_TRUE(decoder.add_text(R"(51-["a",{"_placeholder":true,"num":0}])", {}).has_value());
    const auto answer = decoder.add_text(R"(2["b"])", {});
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error(), PacketError::unexpected_text);
}

TEST(Packet, BinaryThatNobodyAnnouncedIsRefused) {
    PacketDecoder decoder;
    const auto answer = decoder.add_binary("xyz");
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error(), PacketError::unexpected_binary);
}

TEST(Packet, PayloadsMustFitTheirType) {
    for (const auto* text : {"0[]", "0null", R"(0"x")", "0[1]", "1[]", "1null", "2{}", "2null", R"(2"x")",
                             "3{}", R"(3"x")", "4[]", "4null"}) {
        EXPECT_EQ(refused(text), PacketError::bad_payload) << text;
    }
    EXPECT_EQ(decoded(R"(4{"message":"x"})").type, PacketType::connect_error);
}

TEST(Packet, EventNamesAreTextOrNumberAndNotReserved) {
    for (const auto* text :
         {"2[]", R"(2[{"toString":"x"}])", "2[null]", "2[true]", R"(2[["a"]])", "2/admin,[]"}) {
        EXPECT_EQ(refused(text), PacketError::bad_payload) << text;
    }
    for (const auto* name :
         {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}) {
        EXPECT_EQ(refused(std::string(R"(2[")") + name + "\"]"), PacketError::reserved_event_name) << name;
    }
    EXPECT_EQ(decoded(R"(2["Connect"])").data.at(0), "Connect");
    EXPECT_EQ(decoded(R"(2["__proto__"])").data.at(0), "__proto__");
}

TEST(Packet, PrototypeKeysArePlainData) {
    const auto packet = decoded(R"(2["x",{"__proto__":{"admin":true},"constructor":1}])");
    EXPECT_EQ(packet.data.at(1).at("__proto__").at("admin"), true);
}

TEST(Packet, UnknownAndEmptyPacketsAreRefused) {
    EXPECT_EQ(refused(""), PacketError::empty);
    for (const auto* text : {"7", "9[]", "a", "abc", " 2[]", "-1", "[]"}) {
        EXPECT_EQ(refused(text), PacketError::unknown_type) << text;
    }
}

TEST(Packet, NamespaceNamesAreBoundedAndPrintable) {
    EXPECT_EQ(decoded("0/" + std::string(511, 'a')).nsp.size(), 512U);
    EXPECT_EQ(refused("0/" + std::string(512, 'a')), PacketError::bad_namespace);
    EXPECT_EQ(refused("0/a\x1e"
                      "b,"),
              PacketError::bad_namespace);
    EXPECT_EQ(refused("0/a\r\n,"), PacketError::bad_namespace);
    EXPECT_EQ(refused("0/\xff\xfe,"), PacketError::bad_namespace);
    EXPECT_EQ(decoded("0/größe,").nsp, "/größe");
}

TEST(Packet, BrokenJsonIsRefused) {
    for (const auto* text : {"2[", R"(2["a")", R"(2["a"]])", R"(2["a"]x)", R"(2["a",])", R"(2[a])",
                             R"(0{"a"})", "2[\"\x80\"]", R"(2["a",1e999])", R"(2["\u12"])", "2x"}) {
        EXPECT_EQ(refused(text), PacketError::bad_json) << text;
    }
}

TEST(Packet, JsonDepthEndsAt32) {
    const auto nested = [](std::size_t depth) {
        return R"(2["x",)" + std::string(depth, '[') + std::string(depth, ']') + "]";
    };
    EXPECT_TRUE(decode(nested(31)).has_value());
    EXPECT_EQ(refused(nested(32)), PacketError::bad_json);
    EXPECT_EQ(refused(nested(100'000)), PacketError::bad_json);
    EXPECT_EQ(refused(R"(2["x",)" + std::string(100'000, '[')), PacketError::bad_json);
}

TEST(Packet, AMillionKeysAreRefused) {
    std::string text = R"(2["x",{)";
    for (int i = 0; i < 1'000'000; ++i)
        text += "\"" + std::to_string(i) + "\":1,";
    text += R"("end":1}])";
    EXPECT_EQ(refused(text), PacketError::bad_json);
}

TEST(Packet, WhatFitsAMessageHasNotTooManyValues) {
    for (const auto* element : {",1", ",[]", ",{}"}) {
        std::string text = R"(2["x",[1)";
        while (text.size() < limits::message_bytes - 5)
            text += element;
        text += "]]";
        EXPECT_TRUE(decode(text).has_value()) << element;
    }
}

TEST(Packet, CommasInsideStringsAreNoValues) {
    EXPECT_TRUE(decode(R"(2["x","\"[)" + std::string(1'500'000, ',') + "\"]").has_value());
}

TEST(Packet, HalfOfASurrogatePairBecomesAReplacementCharacter) {
    EXPECT_EQ(decoded(R"(2["x","a\ud83d"])").data.at(1), "a\xef\xbf\xbd");
    EXPECT_EQ(decoded(R"(2["x","\ude00b"])").data.at(1),
              "\xef\xbf\xbd"
              "b");
    EXPECT_EQ(decoded(R"(2["x","\ud83d\ud83d\ude00"])").data.at(1), "\xef\xbf\xbd\xf0\x9f\x98\x80");
    EXPECT_EQ(decoded(R"(2["x","\ud83d\n"])").data.at(1), "\xef\xbf\xbd\n");
    EXPECT_EQ(decoded(R"(2["x","\\ud83d","\ud83d"])").data.at(1), R"(\ud83d)");
}

TEST(Packet, NumbersComeBackExactly) {
    const std::string text = R"(2["x",0.30000000000000004,5e-324,1.7976931348623157e+308,-0.1,1e+21,3])";
    EXPECT_EQ(encode_packet(decoded(text)), text);
}

TEST(Packet, WhatIsNoNumberIsWrittenAsNull) {
    Packet packet;
    packet.data =
        json::array{"x", std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()};
    EXPECT_EQ(encode_packet(packet), R"(2["x",null,null])");
}

TEST(Packet, ZeroIsWrittenWithoutASign) {
    Packet packet;
    packet.data = json::array{"x", -0.0, json::array{0.0}};
    EXPECT_EQ(encode_packet(packet), R"(2["x",0,[0]])");
}

TEST(Packet, BrokenTextIsWrittenAsValidUtf8) {
    Packet packet;
    packet.data = json::array{"x", "cut \xf0\x9f\x98", "\xc3\xa4", std::string("\x00\x1e\x7f", 3)};
    EXPECT_EQ(encode_packet(packet),
              "2[\"x\",\"cut \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\",\"\xc3\xa4\",\"\\u0000\\u001e\x7f\"]");
}

TEST(Packet, EventTextHasAllItsParts) {
    const auto text = [](std::string_view nsp, std::optional<std::uint64_t> id, std::string_view name,
                         const json::array& arguments, std::size_t attachment_count) {
        std::string appended;
        append_event_text(appended, nsp, id, name, arguments, attachment_count);
        return appended;
    };
    EXPECT_EQ(text("/", std::nullopt, "a", {}, 0), R"(2["a"])");
    EXPECT_EQ(text("/admin", 0, "a\"b", {1, "c"}, 0), R"(2/admin,0["a\"b",1,"c"])");
    EXPECT_EQ(text("/admin", 12, "a", {1}, 2), R"(52-/admin,12["a",1])");
    EXPECT_EQ(text("/", std::nullopt, "a", {}, 1), R"(51-["a"])");
}

}  // namespace
}  // namespace holdfast::socketio
