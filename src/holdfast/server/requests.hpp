// From an event of a client to a command: names, fields and their types, and what to say when they do not
// fit. Pure.
#pragma once

#include <boost/json/array.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/result.hpp"
#include "holdfast/seats/commands.hpp"

namespace holdfast::server {

/// Why an event was refused, for the client: a code and a sentence that says how to do better.
struct Refused {
    seats::Refusal code = seats::Refusal::bad_request;
    std::string message;
    /// When to try again, with jitter; 0: no hint.
    Milliseconds retry_after{0};
};

/// The refusal with its own sentence.
[[nodiscard]] Refused refused(seats::Refusal code, Milliseconds retry_after = Milliseconds{0});

// What a host asks that is no business of the domain.
struct DashboardJoin {};
struct SetTeamsStreaming {
    bool enabled = false;
};
struct RequestTeamsUpdate {};
struct KeepAlive {};

/// A command for the house, or one of the host's own requests.
struct Request {
    std::variant<seats::CommandBody, DashboardJoin, SetTeamsStreaming, RequestTeamsUpdate, KeepAlive> body;
    std::string op;
};

/// Whether only hosts may send that event. Whoever is no host is told so, and not how the event is written.
[[nodiscard]] bool is_host_event(std::string_view event);

/// `arguments` are the event's, without its name. Never throws.
[[nodiscard]] Result<Request, Refused> read_request(std::string_view event,
                                                    const boost::json::array& arguments);

}  // namespace holdfast::server
