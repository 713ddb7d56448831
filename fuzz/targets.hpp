// All fuzz targets. Each takes one input and returns when everything that must hold does; otherwise it ends
// the process (see require.hpp). What each of them holds is told in docs/fuzzing.md.
#pragma once

#include <cstdint>
#include <span>

namespace holdfast::fuzz {

using Input = std::span<const std::uint8_t>;

void engine_packets(Input input);
void engine_session(Input input);
void http_requests(Input input);
void json_text(Input input);
void socketio_packets(Input input);
void socketio_server(Input input);
void websocket_beast(Input input);
void websocket_deflate(Input input);
void websocket_frames(Input input);

}  // namespace holdfast::fuzz
