#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "holdfast/socketio/packet.hpp"

namespace holdfast::socketio {
namespace {

std::string printable() {
    return *rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~'));
}

/// Any JSON value with at most `depth` levels.
json::value any_value(int depth) {
    switch (*rc::gen::inRange(0, depth > 0 ? 8 : 6)) {
        case 0:
            return nullptr;
        case 1:
            return *rc::gen::arbitrary<bool>();
        case 2:
            return *rc::gen::arbitrary<std::int64_t>();
        case 3: {
            const auto number = *rc::gen::arbitrary<double>();
            return std::isfinite(number) ? number : 0.5;
        }
        case 4:
            return json::value(printable());
        case 5:
            return json::value(
                *rc::gen::element<std::string>("\n\"\\", "größe", "\xf0\x9f\x98\x80", "a-1-", "\t"));
        case 6: {
            json::array array;
            for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
                array.push_back(any_value(depth - 1));
            return array;
        }
        default: {
            json::object object;
            for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
                object[printable()] = any_value(depth - 1);
            return object;
        }
    }
}

/// Whole doubles are written without a point and come back as integers: the same number to JavaScript.
bool same(const json::value& left, const json::value& right) {
    if (left.is_number() && right.is_number()) {
        return left == right || left.to_number<double>() == right.to_number<double>();
    }
    if (left.is_array() && right.is_array()) {
        const auto &a = left.get_array(), &b = right.get_array();
        return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
    }
    if (left.is_object() && right.is_object()) {
        const auto &a = left.get_object(), &b = right.get_object();
        return a.size() == b.size() &&
               std::all_of(a.begin(), a.end(), [&](const json::key_value_pair& member) {
                   const auto* other = b.if_contains(member.key());
                   return other != nullptr && same(member.value(), *other);
               });
    }
    return left == right;
}

Packet any_packet() {
    Packet packet;
    packet.type = *rc::gen::element(PacketType::connect, PacketType::disconnect, PacketType::event,
                                    PacketType::ack, PacketType::connect_error);
    packet.nsp = *rc::gen::element<std::string>("/", "/admin", "/größe", "/a-1", "/12");
    switch (packet.type) {
        case PacketType::connect:
        case PacketType::connect_error:
            packet.data = json::object{{"key", any_value(3)}};
            break;
        case PacketType::disconnect:
            break;
        case PacketType::event:
        case PacketType::ack: {
            json::array data;
            if (packet.type == PacketType::event) data.push_back(json::value("e" + printable()));
            for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
                data.push_back(any_value(3));
            for (int i = *rc::gen::inRange(0, 11); i > 0; --i) {
                data.push_back(json::object{{"_placeholder", true}, {"num", packet.attachments.size()}});
                packet.attachments.push_back(*rc::gen::arbitrary<std::string>());
            }
            packet.data = std::move(data);
            if (*rc::gen::arbitrary<bool>()) {
                packet.id = *rc::gen::inRange<std::uint64_t>(0, limits::ack_id + 1);
            }
            break;
        }
    }
    return packet;
}

RC_GTEST_PROP(PacketProperty, WhatIsEncodedIsDecodedToTheSame, ()) {
    const Packet sent = any_packet();
    PacketDecoder decoder;
    auto answer = decoder.add_text(encode_packet(sent), {});
    RC_ASSERT(answer.has_value());
    for (const auto& attachment : sent.attachments) {
        RC_ASSERT(!answer->has_value());
        answer = decoder.add_binary(attachment);
        RC_ASSERT(answer.has_value());
    }
    RC_ASSERT(answer->has_value());
    RC_ASSERT(!decoder.waiting());
    const Packet& received = **answer;
    RC_ASSERT(received.type == sent.type);
    RC_ASSERT(received.nsp == sent.nsp);
    RC_ASSERT(received.id == sent.id);
    RC_ASSERT(same(received.data, sent.data));
    RC_ASSERT(received.attachments == sent.attachments);
}

RC_GTEST_PROP(PacketProperty, RandomBytesAreAPacketOrAnError, ()) {
    PacketDecoder decoder;
    for (int i = 0; i < 8; ++i) {
        const auto bytes = *rc::gen::arbitrary<std::string>();
        const auto answer =
            *rc::gen::arbitrary<bool>() ? decoder.add_text(bytes, {}) : decoder.add_binary(bytes);
        if (!answer) break;
        if (*answer) RC_ASSERT((*answer)->attachments.size() <= limits::packet_attachments);
    }
}

RC_GTEST_PROP(PacketProperty, AChangedPacketIsAPacketOrAnErrorAndWhatIsAcceptedCanBeWritten, ()) {
    std::string text = encode_packet(any_packet());
    for (int i = *rc::gen::inRange(1, 4); i > 0 && !text.empty(); --i) {
        const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
        switch (*rc::gen::inRange(0, 3)) {
            case 0:
                text[at] = *rc::gen::arbitrary<char>();
                break;
            case 1:
                text.erase(at, 1);
                break;
            default:
                text.insert(at, 1, *rc::gen::elementOf(std::string("0123456789-/,[]{}\"\\x")));
                break;
        }
    }
    PacketDecoder decoder;
    auto answer = decoder.add_text(text, {});
    while (answer && decoder.waiting())
        answer = decoder.add_binary("x");
    if (!answer) return;
    PacketDecoder again;
    RC_ASSERT(again.add_text(encode_packet(**answer), {}).has_value());
}

}  // namespace
}  // namespace holdfast::socketio
