// Typed handlers: the parameters of a function say what an event's arguments must be.
//
//     socket.on("move", [](Socket& player, int x, int y, Ack<bool> ack) { ack(board.move(player, x, y)); });
//
// The parameters, in this order, each part optional:
//   1. Socket& or SocketPointer: who sent the event;
//   2. one for each argument, of any type that arguments.hpp knows; a std::optional may be missing;
//   3. Rest: all arguments that are left, as they came;
//   4. Ack<Values...> or RawAck: answers the sender, and does nothing when the sender asked for no answer.
// The handler returns nothing, or a Task<> (task.hpp): then its parameters live as long as the task runs.
//
// When the arguments do not fit, the handler is not called and the client is told what to mend: as the ack
// where it asked for one, {"error":"bad_arguments","message":"move: argument 2 must be …, but is …"}, and
// otherwise by the event "bad_arguments" with {"event","message"}. The connection goes on;
// Counters::events_misfit counts it.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "holdfast/socketio/arguments.hpp"
#include "holdfast/socketio/event.hpp"
#include "holdfast/socketio/task.hpp"

namespace holdfast::socketio {

/// Answers an event with values of these types; otherwise like RawAck.
template <typename... Values>
class Ack {
  public:
    Ack() = default;
    explicit Ack(RawAck raw) : raw_(std::move(raw)) {}
    void operator()(const Values&... values) const { raw_(make_payload(values...)); }
    [[nodiscard]] bool wanted() const { return raw_.wanted(); }
    /// For an answer of another shape, an error for instance.
    [[nodiscard]] const RawAck& raw() const { return raw_; }

  private:
    RawAck raw_;
};

/// The arguments that no other parameter takes, with all attachments of the event.
struct Rest : Payload {};

namespace detail {

template <typename... Parameters>
struct TypeList {
    static constexpr std::size_t size = sizeof...(Parameters);
};

template <typename Callable>
struct SignatureOf {};
template <typename Callable>
requires requires {
    &Callable::operator();
}
struct SignatureOf<Callable> : SignatureOf<decltype(&Callable::operator())> {};
template <typename Return, typename... Parameters>
struct SignatureOf<Return (*)(Parameters...)> {
    using Answer = Return;
    using List = TypeList<Parameters...>;
};
template <typename Return, typename... Parameters>
struct SignatureOf<Return (*)(Parameters...) noexcept> : SignatureOf<Return (*)(Parameters...)> {};
template <typename Return, typename Class, typename... Parameters>
struct SignatureOf<Return (Class::*)(Parameters...)> : SignatureOf<Return (*)(Parameters...)> {};
template <typename Return, typename Class, typename... Parameters>
struct SignatureOf<Return (Class::*)(Parameters...) const> : SignatureOf<Return (*)(Parameters...)> {};
template <typename Return, typename Class, typename... Parameters>
struct SignatureOf<Return (Class::*)(Parameters...) noexcept> : SignatureOf<Return (*)(Parameters...)> {};
template <typename Return, typename Class, typename... Parameters>
struct SignatureOf<Return (Class::*)(Parameters...) const noexcept> : SignatureOf<Return (*)(Parameters...)> {
};

template <typename Callable>
concept HasSignature = requires {
    typename SignatureOf<Callable>::List;
};

template <typename Parameter>
inline constexpr bool is_socket =
    std::is_same_v<Parameter, Socket&> || std::is_same_v<Parameter, const Socket&> ||
    std::is_same_v<std::remove_cvref_t<Parameter>, SocketPointer>;
template <typename Parameter>
inline constexpr bool is_ack = std::is_same_v<Parameter, RawAck>;
template <typename... Values>
inline constexpr bool is_ack<Ack<Values...>> = true;

/// A parameter that would change what the caller gave; only the socket may be one.
template <typename Parameter>
inline constexpr bool is_mutable_reference =
    std::is_lvalue_reference_v<Parameter> && !std::is_const_v<std::remove_reference_t<Parameter>>;

/// Goes over the arguments of one event; the first misfit ends it.
class ArgumentCursor {
  public:
    ArgumentCursor(Socket& socket, Event& event) : socket_(&socket), event_(event) {}
    /// For what no socket sent.
    explicit ArgumentCursor(Event& event) : socket_(nullptr), event_(event) {}

    template <typename Parameter>
    auto take() {
        using Value = std::remove_cvref_t<Parameter>;
        if constexpr (std::is_same_v<Parameter, Socket&> || std::is_same_v<Parameter, const Socket&>) {
            return std::ref(*socket_);
        } else if constexpr (std::is_same_v<Value, SocketPointer>) {
            return shared_socket();
        } else if constexpr (is_ack<Value>) {
            // Whoever asked hears what does not fit; otherwise the handler answers.
            return Value(complaint() ? event_.ack : std::move(event_.ack));
        } else if constexpr (std::is_same_v<Value, Rest>) {
            return take_rest();
        } else {
            return take_argument<Value>();
        }
    }
    /// All parameters have been served. Nothing: the handler may be called.
    [[nodiscard]] std::optional<std::string> complaint();

  private:
    template <typename Value>
    Value take_argument() {
        static_assert(Readable<Value>,
                      "an argument cannot be read into this type: see the list in arguments.hpp, describe "
                      "the type with BOOST_DESCRIBE_STRUCT, or specialise ArgumentReader for it");
        const std::size_t index = next_++;
        if (complaint_) return Value{};
        if (index >= event_.arguments.size()) {
            if constexpr (!is_optional<Value>) {
                auto read = ArgumentReader<Value>::read(json::value(), event_.attachments);
                complain(index, read ? Mismatch{"there", "missing"}
                                     : Mismatch{std::move(read.error().expected), "missing"});
            }
            return Value{};
        }
        if (event_.arguments.is_plain()) return take_plain<Value>(index);
        auto& argument = event_.arguments[index];
        if constexpr (std::is_same_v<Value, json::value>) {
            return std::move(argument);
        } else {
            auto read = ArgumentReader<Value>::read(argument, event_.attachments);
            if (read) return std::move(*read);
            complain(index, read.error());
            return Value{};
        }
    }
    /// Reads from the text of the arguments: no list of values is made.
    template <typename Value>
    Value take_plain(std::size_t index) {
        if (index == 0) plain_left_ = event_.arguments.plain_text();
        const auto argument = take_plain_argument(plain_left_);
        if constexpr (std::is_same_v<Value, std::string>) {
            if (argument.front() == '"') return std::string(argument.substr(1, argument.size() - 2));
        }
        auto read = ArgumentReader<Value>::read(plain_argument_value(argument), event_.attachments);
        if (read) return std::move(*read);
        complain(index, read.error());
        return Value{};
    }
    [[nodiscard]] SocketPointer shared_socket() const;
    Rest take_rest();
    void complain(std::size_t index, const Mismatch& mismatch);

    Socket* socket_;
    Event& event_;
    std::size_t next_ = 0;
    std::string_view plain_left_;
    std::optional<std::string> complaint_;
};

/// Tells the client that its arguments do not fit, and counts it.
void refuse_arguments(Socket& socket, Event& event, const std::string& complaint);
[[nodiscard]] SocketPointer shared(Socket& socket);

template <typename Parameter, typename Stored>
decltype(auto) pass(Stored& stored) {
    if constexpr (std::is_same_v<Stored, std::reference_wrapper<Socket>>) {
        return stored.get();
    } else if constexpr (std::is_lvalue_reference_v<Parameter>) {
        return static_cast<const Stored&>(stored);
    } else {
        return std::move(stored);
    }
}

template <typename Handler, typename List>
struct TypedCall;
template <typename Handler, typename... Parameters>
struct TypedCall<Handler, TypeList<Parameters...>> {
    using Answer = typename SignatureOf<Handler>::Answer;
    static_assert(std::is_void_v<Answer> || std::is_same_v<Answer, Task<void>>,
                  "a handler returns void, or Task<> when it is a coroutine; answers go through an Ack");
    static_assert(((is_socket<Parameters> || !is_mutable_reference<Parameters>)&&...),
                  "a handler takes its arguments by value or by const reference");

    template <std::size_t... indices>
    static constexpr bool well_ordered(std::index_sequence<indices...>) {
        constexpr std::size_t size = sizeof...(Parameters);
        return ((!is_socket<Parameters> || indices == 0) && ...) &&
               ((!is_ack<std::remove_cvref_t<Parameters>> || indices + 1 == size) && ...);
    }
    static_assert(well_ordered(std::index_sequence_for<Parameters...>{}),
                  "the socket is a handler's first parameter and the ack its last");

    /// With `is_meant` the handler is the one that the event is for, and who sent it hears what does not fit.
    static void run(const std::shared_ptr<Handler>& handler, Socket& socket, Event& event, bool is_meant) {
        ArgumentCursor cursor(socket, event);
        // Braces: from left to right.
        std::tuple<decltype(cursor.take<Parameters>())...> values{cursor.take<Parameters>()...};
        if (const auto complaint = cursor.complaint()) {
            if (is_meant) refuse_arguments(socket, event, *complaint);
        } else if constexpr (std::is_void_v<Answer>) {
            call(*handler, values, std::index_sequence_for<Parameters...>{});
        } else {
            start(call_kept(handler, shared(socket), std::move(values)));
        }
    }
    template <typename Tuple, std::size_t... indices>
    static Answer call(Handler& handler, Tuple& values, std::index_sequence<indices...>) {
        return handler(pass<Parameters>(std::get<indices>(values))...);
    }
    /// Keeps the handler, the socket and the arguments for as long as the handler's coroutine lives.
    template <typename Tuple>
    static Task<void> call_kept(std::shared_ptr<Handler> handler, SocketPointer /*socket*/, Tuple values) {
        co_await call(*handler, values, std::index_sequence_for<Parameters...>{});
    }
};

/// What is an EventHandler already, or takes an Event, is left as it is.
template <typename Handler>
inline constexpr bool takes_event = false;
template <typename Handler>
requires HasSignature<Handler>
inline constexpr bool takes_event<Handler> =
    std::is_same_v<typename SignatureOf<Handler>::List, TypeList<Socket&, Event&>> ||
    std::is_same_v<typename SignatureOf<Handler>::List, TypeList<const Socket&, Event&>> ||
    std::is_same_v<typename SignatureOf<Handler>::List, TypeList<Socket&, const Event&>>;

}  // namespace detail

/// Whether a function may be given to the typed `on`.
template <typename Handler>
concept TypedHandler =
    !std::is_convertible_v<Handler, EventHandler> && !detail::takes_event<std::decay_t<Handler>> &&
    !std::is_null_pointer_v<std::decay_t<Handler>>;

/// Values that `emit` takes one by one; a json::array, EventArguments or a Payload alone is the list of
/// arguments itself.
template <typename... Values>
concept TypedArguments = sizeof...(Values) > 1 ||
                         (sizeof...(Values) == 1 && !(... && (std::is_same_v<Values, json::array> ||
                                                              std::is_same_v<Values, EventArguments> ||
                                                              std::is_same_v<Values, Payload>)));

/// The typed handler as one that takes any event.
template <typename Handler>
[[nodiscard]] EventHandler typed_handler(Handler handler) {
    static_assert(detail::HasSignature<Handler>,
                  "a typed handler is a function, or an object with one operator(), whose parameters have "
                  "types: `auto` says nothing about what a client may send");
    if constexpr (detail::HasSignature<Handler>) {
        auto kept = std::make_shared<Handler>(std::move(handler));
        return [kept](Socket& socket, Event& event) {
            detail::TypedCall<Handler, typename detail::SignatureOf<Handler>::List>::run(kept, socket, event,
                                                                                         true);
        };
    }
}

/// A typed handler for events of any name: the first argument is the name, as a std::string. Events whose
/// arguments do not fit are not for it; nobody is told.
template <typename Handler>
[[nodiscard]] auto typed_any_handler(Handler handler) {
    static_assert(
        detail::HasSignature<Handler>,
        "a typed handler is a function, or an object with one operator(), whose parameters have types");
    auto kept = std::make_shared<Handler>(std::move(handler));
    return [kept](Socket& socket, const Event& event) {
        Event named = event;
        named.arguments.insert(named.arguments.begin(), json::value(event.name));
        detail::TypedCall<Handler, typename detail::SignatureOf<Handler>::List>::run(kept, socket, named,
                                                                                     false);
    };
}

/// Reads what a client answered into a value; `Payload` takes it as it came.
template <typename Value>
[[nodiscard]] Result<Value, AckError> read_answer(Result<Payload, AckError> answer) {
    if (!answer) return failure(answer.error());
    if constexpr (std::is_same_v<Value, Payload>) {
        return std::move(*answer);
    } else {
        static_assert(Readable<Value>, "an answer cannot be read into this type: see arguments.hpp");
        const json::value nothing;
        const auto& arguments = answer->arguments;
        auto read =
            ArgumentReader<Value>::read(arguments.empty() ? nothing : arguments.front(), answer->attachments);
        if (!read) return failure(AckError::misfit);
        return std::move(*read);
    }
}

}  // namespace holdfast::socketio
