// One message to many, and messages to one client with and without recovery.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "path.hpp"
#include "socketio_world.hpp"

namespace holdfast::bench {
namespace {

using namespace socketio;

constexpr std::size_t receivers = 500;
constexpr std::size_t room_size = 5;
constexpr std::string_view said = "what everybody hears";

/// A namespace with 500 clients, in rooms of five.
class Fanout : public Path {
  public:
    explicit Fanout(bool with_recovery) : world_(with_recovery) {
        world_.nsp.on_connection([this](const SocketPointer& socket) {
            socket->join("room " + std::to_string(joined_++ / room_size));
        });
        for (std::size_t index = 0; index < receivers; ++index)
            world_.connect();
    }
    void prepare(std::size_t /*operations*/) override {
        for (const auto& client : world_.clients)
            client->out.reserve(1U << 16U);
        world_.clear_output();
    }
    [[nodiscard]] std::string complaint() const override {
        std::size_t messages = 0;
        for (const auto& client : world_.clients)
            messages += client->messages;
        return expect_count("deliveries", messages, wanted_);
    }

  protected:
    SocketIoWorld world_;
    std::size_t wanted_ = 0;

  private:
    std::size_t joined_ = 0;
};

class Everybody final : public Fanout {
  public:
    explicit Everybody(bool with_recovery) : Fanout(with_recovery) {}
    void run(std::size_t operations) override {
        for (std::size_t index = 0; index < operations; index += receivers)
            world_.nsp.emit("bcast", said);
        wanted_ = operations;
    }
};

class Rooms final : public Fanout {
  public:
    Rooms() : Fanout(false) {
        for (std::size_t room = 0; room < receivers / room_size; ++room)
            names_.push_back("room " + std::to_string(room));
    }
    void run(std::size_t operations) override {
        for (std::size_t index = 0; index < operations; ++index)
            world_.nsp.to(names_[index % names_.size()]).emit("bcast", said);
        wanted_ = operations * room_size;
    }

  private:
    std::vector<std::string> names_;
};

class EmitToOne final : public Path {
  public:
    explicit EmitToOne(bool with_recovery) : world_(with_recovery) {
        world_.nsp.on_connection([this](const SocketPointer& socket) { socket_ = socket; });
        client_ = &world_.connect();
    }
    void prepare(std::size_t /*operations*/) override { world_.clear_output(); }
    void run(std::size_t operations) override {
        for (std::size_t index = 0; index < operations; ++index) {
            client_->out.clear();
            socket_->emit("answer_confirmed", said);
        }
        wanted_ = operations;
    }
    [[nodiscard]] std::string complaint() const override {
        return expect_count("messages", client_->messages, wanted_);
    }

  private:
    SocketIoWorld world_;
    SocketPointer socket_;
    ClientSocket* client_ = nullptr;
    std::size_t wanted_ = 0;
};

}  // namespace

std::vector<PathInfo> broadcast_paths() {
    return {
        path<EmitToOne>("socketio.emit", "message", 1'000, false),
        path<EmitToOne>("socketio.emit_with_recovery", "message", 1'000, true),
        path<Everybody>("socketio.broadcast_500", "receiver", 10'000, false),
        path<Everybody>("socketio.broadcast_500_with_recovery", "receiver", 10'000, true),
        path<Rooms>("socketio.broadcast_room_of_5", "broadcast", 500),
    };
}

}  // namespace holdfast::bench
