// The same streams through Boost.Beast's WebSocket, which shares no code with this decoder: what one of them
// takes or refuses, the other must take or refuse too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "holdfast/websocket/beast_test_support.hpp"
#include "holdfast/websocket/frame_recorder.hpp"

namespace holdfast::websocket {
namespace {

using testing::client_frame;

constexpr std::size_t message_bytes_most = 70'000;
using Events = std::vector<std::string>;

Events through_ours(const std::string& stream) {
    auto events =
        testing::decode_in_pieces({.message_bytes = message_bytes_most, .message_fragments = 1'000'000},
                                  stream, std::max<std::size_t>(stream.size(), 1));
    if (!events.empty() && events.back().starts_with("failure")) events.back() = "failure";
    // Beast says 0 where the frame had no code.
    if (!events.empty() && events.back().starts_with("close 1005")) events.back() = "close 0:";
    return events;
}

std::string any_payload(Opcode opcode) {
    const auto size = *rc::gen::weightedOneOf<std::size_t>(
        {{8, rc::gen::inRange<std::size_t>(0, 20)},
         {2, rc::gen::elementOf(std::vector<std::size_t>{124, 125, 126, 127})},
         {1, rc::gen::elementOf(std::vector<std::size_t>{65535, 65536, 70'000, 70'001})}});
    std::string payload(size, 'a');
    if (opcode == Opcode::close && size >= 2) {
        // Beast knows the codes up to 1013, the registry has 1014 as well, and Beast takes those from 5000
        // on, which mean nothing: they are left out here.
        const auto code =
            *rc::gen::suchThat(rc::gen::oneOf(rc::gen::inRange(998, 1018), rc::gen::inRange(2990, 5000)),
                               [](int c) { return c != 1014; });
        payload[0] = static_cast<char>(code >> 8);
        payload[1] = static_cast<char>(code & 0xFF);
    }
    const auto spoil = *rc::gen::inRange(0, 12);
    if (spoil == 0 && size > 2) payload.back() = '\xFF';
    if (spoil == 1 && size > 5) payload.replace(2, 3, "\xE2\x82\xAC");
    if (spoil == 2 && size > 5) payload.replace(size - 2, 2, "\xE2\x82");
    return payload;
}

std::string any_stream() {
    std::string stream;
    bool in_message = false;
    const auto frames = *rc::gen::inRange(1, 10);
    for (int i = 0; i < frames; ++i) {
        const auto expected =
            in_message ? Opcode::continuation : *rc::gen::element(Opcode::text, Opcode::binary);
        const auto opcode = *rc::gen::weightedOneOf<Opcode>(
            {{12, rc::gen::just(expected)},
             {4, rc::gen::element(Opcode::ping, Opcode::pong)},
             {1, rc::gen::just(Opcode::close)},
             {1, rc::gen::map(rc::gen::inRange(0, 16), [](int code) { return static_cast<Opcode>(code); })}});
        const bool control = static_cast<std::uint8_t>(opcode) >= 8;
        const bool final = control ? *rc::gen::inRange(0, 30) != 0 : *rc::gen::inRange(0, 3) != 0;
        auto frame = client_frame(opcode, any_payload(opcode), final);
        if (*rc::gen::inRange(0, 40) == 0) frame[0] = static_cast<char>(frame[0] ^ 0x40);
        if (*rc::gen::inRange(0, 40) == 0) frame[1] = static_cast<char>(frame[1] ^ 0x80);
        stream += frame;
        if (!control) in_message = !final;
    }
    return stream;
}

TEST(FrameOracle, TakesAndRefusesWhatBeastTakesAndRefuses) {
    std::size_t refused = 0;
    std::size_t taken = 0;
    EXPECT_TRUE(rc::check([&] {
        const auto stream = any_stream();
        const auto ours = through_ours(stream);
        RC_ASSERT(ours == testing::events_of_beast(stream, message_bytes_most));
        ++(!ours.empty() && ours.back() == "failure" ? refused : taken);
    }));
    // Neither side of the comparison was empty.
    EXPECT_GT(refused, 5U);
    EXPECT_GT(taken, 5U);
}

}  // namespace
}  // namespace holdfast::websocket
