// One life of the server process: the parts that `holdfast serve` is made of, put together without threads or
// sockets. What the threads would do is done a piece at a time, when the timeline says so.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "disk.hpp"
#include "holdfast/base/log.hpp"
#include "holdfast/games/paired_game.hpp"
#include "holdfast/seats/house.hpp"
#include "holdfast/server/board.hpp"
#include "holdfast/server/desk.hpp"
#include "holdfast/server/front.hpp"
#include "holdfast/server/seats_thread.hpp"
#include "plan.hpp"
#include "timeline.hpp"
#include "trace.hpp"
#include "witness.hpp"

namespace holdfast::simulation {

inline constexpr std::size_t net_threads = 2;
inline constexpr const char* host_key = "the key of the host";

/// What all lives of the process share.
struct Surroundings {
    const Plan& plan;
    Timeline& timeline;
    Trace& trace;
    Random& random;
    Disk& disk;
    Witness& witness;
    Judge& judge;
};

class Process final : public server::CommandPort,
                      public server::Outbox,
                      public server::DecisionSink,
                      public server::PipelineObserver {
  public:
    explicit Process(Surroundings around);
    ~Process() override;

    /// False: the disk does not let it start; nothing can be done with this object then.
    [[nodiscard]] bool start();
    /// Ends it here and now: nothing more reaches the disk or anybody.
    void kill(bool power_cut);
    /// Stands still for so long; what comes meanwhile waits.
    void freeze(Milliseconds span);
    /// The next commit does not end: the process is killed in it.
    void die_in_next_commit(std::function<void()> when);

    [[nodiscard]] engineio::Engine& engine(std::size_t front) {
        return fronts_[front].front->server().engine();
    }
    /// Does this as the net threads do it, or later, when the process does not stand still any more. Never
    /// after its end.
    void receive(std::function<void()> what);
    [[nodiscard]] bool is_idle() const { return seats_thread_->is_idle(); }
    [[nodiscard]] seats::StoreState store_state() const { return seats_thread_->status().store; }
    [[nodiscard]] std::size_t connections() const;
    [[nodiscard]] std::size_t table_entries();
    /// What has to hold between any two steps.
    void check();

  private:
    struct Part {
        std::unique_ptr<server::Front> front;
        std::vector<server::Outgoing> outgoing;             ///< of this turn of the seats thread
        std::vector<std::vector<server::Outgoing>> posted;  ///< on its way to the net thread
    };

    // CommandPort
    bool post(seats::Command command, const server::Sender& sender) override;
    bool join_dashboard(seats::ConnectionId connection, std::uint64_t ticket, bool streaming,
                        bool first) override;
    bool send_teams(seats::ConnectionId connection, std::uint64_t ticket, bool streaming) override;
    void leave_dashboard() override;
    // Outbox
    void put(server::Delivery delivery) override;
    void put(server::Broadcast broadcast) override;
    void put(server::HostPictures pictures) override;
    // DecisionSink
    void deliver(const seats::Decision& decision) override;
    // PipelineObserver
    void on_store_state(seats::StoreState state, std::optional<seats::StoreError> error) override;
    void on_rollback(std::size_t commands) override;

    void make_fronts();
    void thaw();
    void tick();
    void wake_seats();
    void work_on_store();
    void flush();
    void list_every_team();
    [[nodiscard]] std::vector<seats::ConnectionId> live_connections() const;
    [[nodiscard]] seats::Moment moment() const;

    Surroundings around_;
    SeededRandom random_;  ///< the process's own: session ids, questions
    Life life_;
    bool killed_ = false;
    Instant last_tick_;
    Instant frozen_until_;
    std::deque<std::function<void()>> came_while_frozen_;
    TraceLog log_;
    games::PairedGame game_;
    server::Metrics metrics_;
    server::HostAccess hosts_;
    std::unique_ptr<WitnessedStore> store_;
    std::unique_ptr<seats::House> house_;
    std::unique_ptr<server::Board> board_;
    std::unique_ptr<server::Desk> desk_;
    std::array<Part, net_threads> fronts_;
    std::unique_ptr<server::SeatsThread> seats_thread_;
    bool turn_planned_ = false;
    bool store_work_planned_ = false;
    bool memory_changed_ = true;
    std::function<void()> when_dead_in_commit_;
};

}  // namespace holdfast::simulation
