// Messages between the servers of a cluster, as a namespace hears them. Part of the public face; see
// server.hpp for the thread.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "holdfast/socketio/event.hpp"
#include "holdfast/socketio/typed.hpp"

namespace holdfast::socketio {

/// A message of another server of the cluster. Valid during the call of the handler.
struct ServerEvent {
    std::string_view name;
    json::array arguments;
    std::vector<std::string> attachments;
    /// Answers a server that wants an answer; the first call counts, it may come later, and where none is
    /// wanted nothing happens.
    std::function<void(Payload)> answer;
};
using ServerEventHandler = std::function<void(ServerEvent&)>;

/// Answers another server with values of these types; otherwise like ServerEvent::answer.
template <typename... Values>
class Answer {
  public:
    Answer() = default;
    explicit Answer(std::function<void(Payload)> answer) : answer_(std::move(answer)) {}
    void operator()(const Values&... values) const {
        if (answer_) answer_(make_payload(values...));
    }

  private:
    std::function<void(Payload)> answer_;
};

namespace detail {

template <typename Parameter>
inline constexpr bool is_server_answer = false;
template <typename... Values>
inline constexpr bool is_server_answer<Answer<Values...>> = true;

template <typename Handler, typename List>
struct TypedServerCall;
template <typename Handler, typename... Parameters>
struct TypedServerCall<Handler, TypeList<Parameters...>> {
    static_assert(std::is_void_v<typename SignatureOf<Handler>::Answer>,
                  "a handler for messages of servers returns nothing; answers go through an Answer");
    static_assert((!is_socket<Parameters> && ...), "servers have no socket");
    static_assert((!is_ack<std::remove_cvref_t<Parameters>> && ...), "servers are answered by an Answer");
    static_assert((!is_mutable_reference<Parameters> && ...),
                  "a handler takes its arguments by value or by const reference");

    template <std::size_t... indices>
    static constexpr bool well_ordered(std::index_sequence<indices...>) {
        return (
            (!is_server_answer<std::remove_cvref_t<Parameters>> || indices + 1 == sizeof...(Parameters)) &&
            ...);
    }
    static_assert(well_ordered(std::index_sequence_for<Parameters...>{}),
                  "the answer is a handler's last parameter");

    template <typename Parameter>
    static auto take(ArgumentCursor& cursor, ServerEvent& event) {
        using Value = std::remove_cvref_t<Parameter>;
        if constexpr (is_server_answer<Value>) {
            return Value(event.answer);
        } else {
            return cursor.take<Parameter>();
        }
    }
    static void run(Handler& handler, ServerEvent& event) {
        Event arguments{event.name, std::move(event.arguments), std::move(event.attachments), {}};
        ArgumentCursor cursor(arguments);
        // Braces: from left to right.
        std::tuple<decltype(take<Parameters>(cursor, event))...> values{take<Parameters>(cursor, event)...};
        if (const auto complaint = cursor.complaint()) throw std::invalid_argument(*complaint);
        call(handler, values, std::index_sequence_for<Parameters...>{});
    }
    template <typename Tuple, std::size_t... indices>
    static void call(Handler& handler, Tuple& values, std::index_sequence<indices...>) {
        handler(pass<Parameters>(std::get<indices>(values))...);
    }
};

}  // namespace detail

/// Whether a function may be given to the typed `on_server_event`.
template <typename Handler>
concept TypedServerHandler =
    !std::is_convertible_v<Handler, ServerEventHandler> && !std::is_null_pointer_v<std::decay_t<Handler>>;

/// The typed handler as one that takes any message. It throws where the arguments do not fit.
template <typename Handler>
[[nodiscard]] ServerEventHandler typed_server_handler(Handler handler) {
    static_assert(
        detail::HasSignature<Handler>,
        "a typed handler is a function, or an object with one operator(), whose parameters have types");
    auto kept = std::make_shared<Handler>(std::move(handler));
    return [kept](ServerEvent& event) {
        detail::TypedServerCall<Handler, typename detail::SignatureOf<Handler>::List>::run(*kept, event);
    };
}

}  // namespace holdfast::socketio
