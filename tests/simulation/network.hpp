// The network between the clients and the process: delays that differ from connection to connection, lost
// connections of which one side, both, or nobody is told, closes that come late or never, and proxies that
// send a request twice.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plan.hpp"
#include "process.hpp"
#include "timeline.hpp"
#include "trace.hpp"

namespace holdfast::simulation {

/// A client's side of an Engine.IO connection.
class RouteListener {
  public:
    virtual ~RouteListener() = default;
    /// One Engine.IO packet, as text.
    virtual void on_packet(std::string_view packet) = 0;
    /// The answer to the handshake sets this cookie ("name=value").
    virtual void on_cookie(std::string_view cookie) = 0;
    /// The client learns that the connection is over, or was never made. Nothing comes after it.
    virtual void on_closed() = 0;
};

/// How a connection is lost.
enum class Cut : std::uint8_t {
    both_told,     ///< both sides learn of it at once
    server_late,   ///< the client at once, the server long after, when the client may be back
    server_never,  ///< the client at once, the server by its heartbeat
    client_never,  ///< the server at once, the client by its heartbeat
    nobody_told,   ///< half open on both sides
    reply_lost,    ///< what the client sends still arrives for a while, what it is told is lost
};
inline constexpr std::size_t cut_kinds = 6;

class Network;

/// One Engine.IO connection, over a WebSocket or over requests.
class Route : public std::enable_shared_from_this<Route> {
  public:
    Route(Network& network, RouteListener& listener, std::string cookie, std::string address);
    virtual ~Route() = default;

    virtual void open() = 0;
    virtual void send(std::string packet) = 0;
    /// The client ends it. `politely`: the library says goodbye; otherwise the page is just gone.
    void close(bool politely);
    void cut(Cut how);
    [[nodiscard]] bool client_open() const { return client_open_; }
    [[nodiscard]] bool is_cut() const { return to_server_cut_ || to_client_cut_; }
    /// The process is gone, and with it the server's side.
    void process_ended(bool power_cut);

  protected:
    /// Arrives in order, unless it gets lost. `what` runs in the process.
    void to_server(std::function<void()> what);
    void to_client(std::function<void()> what);
    /// The connection of the server's side is over.
    virtual void server_hears_close(bool error) = 0;
    virtual void say_goodbye() = 0;
    void tell_client_closed();
    [[nodiscard]] bool process_lives() const;
    [[nodiscard]] engineio::HttpRequest request(std::string_view method, std::string_view query) const;
    [[nodiscard]] engineio::Engine& engine() const;
    [[nodiscard]] Milliseconds delay() const;

    Network& network_;
    RouteListener* listener_;  ///< null when the client has turned away
    std::string cookie_;
    std::string address_;
    std::size_t front_;
    std::uint64_t process_number_;
    Milliseconds longest_delay_;
    bool client_open_ = true;
    bool to_server_cut_ = false;
    bool to_client_cut_ = false;
    Instant last_to_server_;
    Instant last_to_client_;
};

class Network {
  public:
    Network(const Plan& the_plan, Timeline& the_timeline, Trace& the_trace, Random& the_random)
        : plan(the_plan), timeline(the_timeline), trace(the_trace), random(the_random) {}

    [[nodiscard]] std::shared_ptr<Route> connect(RouteListener& listener, std::string cookie,
                                                 std::string address);
    /// Null while no process runs.
    void set_process(Process* process);
    void process_ended(bool power_cut);
    [[nodiscard]] Process* process() const { return process_; }
    [[nodiscard]] std::uint64_t process_number() const { return process_number_; }
    /// Cuts one connection, whichever, however.
    void cut_something();
    /// From now on all arrives, soon, and everybody is told.
    void become_calm() { calm_ = true; }
    [[nodiscard]] bool calm() const { return calm_; }
    [[nodiscard]] bool happens(unsigned of_thousand) { return !calm_ && chance(of_thousand, random); }

    /// The process holds a side of this route, whatever the client does.
    void keep(std::shared_ptr<Route> route) { kept_.push_back(std::move(route)); }
    void let_go(const Route* route);

    const Plan& plan;
    Timeline& timeline;
    Trace& trace;
    Random& random;
    std::uint64_t cuts = 0;
    std::uint64_t repeated_posts = 0;

  private:
    Process* process_ = nullptr;
    std::uint64_t process_number_ = 0;
    bool calm_ = false;
    std::vector<std::weak_ptr<Route>> routes_;
    std::vector<std::shared_ptr<Route>> kept_;
};

}  // namespace holdfast::simulation
