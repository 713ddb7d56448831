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
#include "holdfast/socketio/event.hpp"

namespace holdfast::socketio {

/// Who a broadcast reaches: the union of `rooms` (everybody when empty) without the sockets in `except`. A
/// socket's id is the name of a room, too.
struct Audience {
    std::vector<std::string> rooms;
    std::vector<std::string> except;
    bool local = false;  ///< only the sockets of this server, not of the whole cluster
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

/// What came back of a question to many sockets, or to the other servers of a cluster.
struct BroadcastAnswers {
    std::vector<Payload> answers;  ///< in no particular order
    /// Those that were asked and did not answer in time, or left, or (servers) have nobody who answers.
    std::size_t missing = 0;
    /// False: a server of the cluster did not report; its sockets are in neither of the above.
    bool complete = true;
    [[nodiscard]] bool all_answered() const { return complete && missing == 0; }
};
using AnswersHandler = std::function<void(BroadcastAnswers)>;

}  // namespace holdfast::socketio
