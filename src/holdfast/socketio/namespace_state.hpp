// A namespace: its middlewares, its sockets and their rooms. Internal to this layer; one thread.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <list>
#include <memory>
#include <optional>
#include <utility>

#include "holdfast/socketio/adapter.hpp"
#include "holdfast/socketio/handler_set.hpp"
#include "holdfast/socketio/room_table.hpp"
#include "holdfast/socketio/server.hpp"
#include "holdfast/socketio/socket_state.hpp"

namespace holdfast::socketio {

class Hub;
class NamespaceState;
struct RecoveryDelivery;
class NamespaceTable;
/// Sockets, and whoever holds a handle, keep a namespace alive without a byte more than a plain pointer.
using NamespaceReference = boost::intrusive_ptr<NamespaceState>;

/// What is known of a namespace that goes again when it is empty; see namespace_table.hpp.
struct NamespaceOnDemand {
    NamespaceTable* table = nullptr;
    std::size_t clients = 0;
    /// While it is empty: its place in the queue of those that go.
    std::optional<std::list<NamespaceState*>::iterator> place;
    Instant empty_since{};
};

class NamespaceState final : public Namespace,
                             public LocalSockets,
                             public boost::intrusive_ref_counter<NamespaceState> {
  public:
    NamespaceState(Hub& hub, std::string name, const AdapterFactory& make_adapter);

    [[nodiscard]] std::string_view name() const override { return name_; }
    void use(Middleware middleware) override;
    ListenerId on_connection(ConnectionHandler handler) override;

    std::size_t broadcast(const Audience& audience, std::string_view event, json::array arguments,
                          bool is_volatile) override;
    std::size_t broadcast(const Audience& audience, engineio::MessagePointer packet,
                          bool is_volatile) override;
    void fetch_sockets(const Audience& audience, FetchHandler handler) override;
    void join_sockets(const Audience& audience, std::string_view room) override;
    void leave_sockets(const Audience& audience, std::string_view room) override;
    void disconnect_sockets(const Audience& audience, bool close_transport) override;
    void ask_sockets(const Audience& audience, std::string_view event, Payload payload, Milliseconds timeout,
                     AnswersHandler handler) override;
    ListenerId on_server_event(std::string event, ServerEventHandler handler) override;
    using Namespace::server_side_emit;
    void server_side_emit(std::string_view event, Payload payload) override;
    void server_side_emit_with_ack(std::string_view event, Payload payload, Milliseconds timeout,
                                   AnswersHandler handler) override;

    [[nodiscard]] NamespacePointer hold() override;
    [[nodiscard]] SocketPointer find(std::string_view socket_id) override;
    [[nodiscard]] std::vector<SocketPointer> sockets(const Audience& audience) override;
    [[nodiscard]] std::size_t socket_count() const override { return rooms_.size(); }

    std::size_t send_local(const Audience& audience, const engineio::MessagePointer& packet,
                           bool is_volatile) override;
    [[nodiscard]] std::vector<SocketDescription> describe_local(const Audience& audience) override;
    void join_local(const Audience& audience, std::string_view room) override;
    void leave_local(const Audience& audience, std::string_view room) override;
    void disconnect_local(const Audience& audience, bool close_transport) override;
    void ask_local(const Audience& audience, const EventMessage& event, Milliseconds timeout,
                   AnswersHandler report) override;
    void take_server_event(const EventMessage& event, Milliseconds timeout, ServerReply reply) override;

    // For the rest of the layer:

    /// The end: handlers and adapter go while everything they may refer to is there. What is called
    /// afterwards does nothing.
    void abandon();
    /// Nothing for one that stays as long as the server.
    [[nodiscard]] std::optional<NamespaceOnDemand>& on_demand() { return on_demand_; }
    void client_came();
    void client_left();
    [[nodiscard]] RoomTable& rooms() { return rooms_; }
    [[nodiscard]] HandlerSet& handlers() { return handlers_; }
    /// Another server has done this.
    void take(const RecoveryDelivery& delivery);
    /// Runs the middlewares, then accepts or refuses; the outcome may come after this returns.
    void welcome(std::shared_ptr<SocketState> socket);
    /// Tells the application that the socket is connected.
    void announce(const std::shared_ptr<SocketState>& socket);

  private:
    struct Attempt;
    [[nodiscard]] HandlerSet* own_handlers() override { return &handlers_; }
    [[nodiscard]] HandlerSet* existing_handlers() override { return &handlers_; }
    struct Sent {
        std::size_t taken = 0;
        std::vector<std::shared_ptr<SocketState>> watched;  ///< of those that took it
    };
    [[nodiscard]] Sent send_local_to(const Audience& audience, const engineio::MessagePointer& packet,
                                     bool is_volatile);
    /// Sends to this server's sockets; `shown` is what those who watch see, without what recovery added.
    std::size_t send_and_tell(const Audience& audience, engineio::MessagePointer packet,
                              const engineio::MessagePointer& shown, bool is_volatile);
    void send_to_states(const std::vector<std::shared_ptr<SocketState>>& sockets,
                        const engineio::MessagePointer& packet);
    /// Collects what an adapter brings, for a little longer than `timeout`.
    [[nodiscard]] AnswerCollectorPointer collector(Milliseconds timeout, AnswersHandler handler);
    [[nodiscard]] std::vector<std::shared_ptr<SocketState>> local_states(const Audience& audience);

    Hub* hub_;  ///< null once the server, or this namespace, has ended
    std::string name_;
    HandlerSet handlers_;
    /// Never changed in place: an attempt that is under way keeps the list it began with.
    std::shared_ptr<const std::vector<Middleware>> middlewares_;
    RoomTable rooms_;
    std::unique_ptr<Adapter> adapter_;
    std::optional<NamespaceOnDemand> on_demand_;
};

}  // namespace holdfast::socketio
