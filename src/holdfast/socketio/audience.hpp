// Who is meant: the sockets that a broadcast or an operation on many reaches, and how they look from afar.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "holdfast/base/result.hpp"
#include "holdfast/engineio/engine.hpp"

namespace holdfast::socketio {

/// Who a broadcast reaches: the union of `rooms` (everybody when empty) without the sockets in `except`. A
/// socket's id is the name of a room, too.
struct Audience {
    std::vector<std::string> rooms;
    std::vector<std::string> except;
};

/// A socket as other servers of a cluster see it.
struct SocketDescription {
    std::string id;
    std::vector<std::string> rooms;
    std::shared_ptr<const engineio::Handshake> handshake;  ///< never null
    boost::json::value data;                               ///< Socket::data()
};
/// `incomplete`: not every server of the cluster answered in time.
enum class FetchError : std::uint8_t { incomplete };
using FetchHandler = std::function<void(Result<std::vector<SocketDescription>, FetchError>)>;

}  // namespace holdfast::socketio
