// The seam between a namespace and the other servers of a cluster. The rooms of a server's own sockets are
// kept by the server itself; an adapter carries what concerns everybody to the other servers and hands in
// what comes from them. Without an adapter a server stands alone, and what concerns this server's sockets
// alone (Audience::local) never reaches the adapter. Implementations: the layer `cluster`.
//
// The contract, which the tests of `cluster` check for every implementation:
//   Threads    A namespace calls its adapter on the server's thread. The adapter calls LocalSockets, handlers
//              and collectors on that same thread only, and destroys handlers and collectors there, too.
//   Delivery   Local sockets are reached before a call returns. Every other server that is reachable is
//   reached
//              once, later; one that cannot be reached misses it (at most once, no retry).
//   Order      What one server sends arrives at each other server in the order in which it was sent. Between
//              different senders there is no order.
//   Atomicity  Each operation is applied to a server's sockets as a whole, with no event in between. The
//              audience is decided where the sockets are, at the moment of arrival; servers see it at
//              different moments.
//   Isolation  Namespaces do not see each other's operations.
//   Answers    Of a question every server reports once: when its sockets have answered or their time is over.
//              One that is known not to report any more is reported as lost. An adapter needs no timers: the
//              collector gives up by itself.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/socketio/server.hpp"

namespace holdfast::socketio {

/// An event on its way through the cluster. Shared between threads, never changed.
struct EventMessage {
    std::string name;
    Payload payload;
};
using EventMessagePointer = std::shared_ptr<const EventMessage>;

/// Puts the reports of several servers together. Made by the namespace that asks; on its thread.
class AnswerCollector {
  public:
    /// The handler is called once, when all have reported or with give_up.
    explicit AnswerCollector(AnswersHandler handler) : handler_(std::move(handler)) {}

    /// How many reports will come, lost ones included; exactly one call, at any time.
    void expect(std::size_t reports);
    void add(BroadcastAnswers report);
    /// One server will not report.
    void lost();
    /// The time is over; later reports are ignored.
    void give_up();

  private:
    void finish_if_complete();
    void finish();

    AnswersHandler handler_;  ///< empty once it was called
    BroadcastAnswers answers_;
    std::optional<std::size_t> expected_;
    std::size_t reported_ = 0;
};
using AnswerCollectorPointer = std::shared_ptr<AnswerCollector>;

/// What a server says to a question of another one; nothing: nobody here answers.
using ServerReply = std::function<void(std::optional<Payload>)>;

/// The sockets of one namespace on this server. Lives longer than its adapter; on the server's thread.
class LocalSockets {
  public:
    virtual ~LocalSockets() = default;
    /// Returns how many sockets took it.
    virtual std::size_t send_local(const Audience& audience, const engineio::MessagePointer& packet,
                                   bool is_volatile) = 0;
    [[nodiscard]] virtual std::vector<SocketDescription> describe_local(const Audience& audience) = 0;
    virtual void join_local(const Audience& audience, std::string_view room) = 0;
    virtual void leave_local(const Audience& audience, std::string_view room) = 0;
    virtual void disconnect_local(const Audience& audience, bool close_transport) = 0;
    /// Emits to the sockets and collects their answers; `report` is called once, maybe at once, unless the
    /// server ends before.
    virtual void ask_local(const Audience& audience, const EventMessage& event, Milliseconds timeout,
                           AnswersHandler report) = 0;
    /// A message of another server. `reply` is empty when no answer is wanted; otherwise it is called once,
    /// after `timeout` at the latest, unless the server ends before.
    virtual void take_server_event(const EventMessage& event, Milliseconds timeout, ServerReply reply) = 0;
};

/// One namespace's way to the cluster, this server's own sockets included. Destroyed when its server ends, or
/// when the namespace goes because it was made on demand and is empty; it may be made again later.
class Adapter {
  public:
    virtual ~Adapter() = default;
    /// Returns how many of this server's own sockets took it.
    virtual std::size_t broadcast(const Audience& audience, const engineio::MessagePointer& packet,
                                  bool is_volatile) = 0;
    /// Calls the handler once, maybe before it returns, unless the server ends before.
    virtual void fetch(const Audience& audience, FetchHandler handler) = 0;
    virtual void join(const Audience& audience, std::string_view room) = 0;
    virtual void leave(const Audience& audience, std::string_view room) = 0;
    virtual void disconnect(const Audience& audience, bool close_transport) = 0;
    /// Asks the sockets of all servers, this one's included; each server reports once.
    virtual void ask(const Audience& audience, EventMessagePointer event, Milliseconds timeout,
                     AnswerCollectorPointer answers) = 0;
    /// Hands a message to the namespace on all other servers.
    virtual void server_emit(EventMessagePointer event) = 0;
    /// The same, wanting one answer of each: a report with one answer, or with one missing. A server that has
    /// no such namespace has nobody who answers.
    virtual void server_ask(EventMessagePointer event, Milliseconds timeout,
                            AnswerCollectorPointer answers) = 0;
};

}  // namespace holdfast::socketio
