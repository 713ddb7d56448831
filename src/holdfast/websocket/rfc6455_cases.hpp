// For the tests: what RFC 6455 demands of a server that reads frames, as a numbered table. A case is what a
// client sends after the handshake and what must come of it; the tests of this layer run it through the
// decoder, those of the whole server over sockets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "holdfast/websocket/frame_recorder.hpp"

namespace holdfast::websocket::testing {

struct Rfc6455Case {
    std::string number;  ///< "5.3": the third of the fifth group
    std::string title;
    std::string stream;                 ///< as the client sends it
    std::vector<std::string> expected;  ///< as FrameRecorder writes it down
};

struct Rfc6455Group {
    int number;
    std::string_view title;
    std::string_view sections;  ///< of RFC 6455
};

/// The limits under which the cases hold.
inline constexpr DecoderSettings rfc6455_settings{
    .message_bytes = 100'000, .message_fragments = 100, .expect_masked = true};

[[nodiscard]] const std::vector<Rfc6455Group>& rfc6455_groups();
[[nodiscard]] const std::vector<Rfc6455Case>& rfc6455_cases();

}  // namespace holdfast::websocket::testing
