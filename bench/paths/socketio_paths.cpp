// Events in, events and acks out: the Socket.IO packets alone, and the whole way from bytes to bytes.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/socketio/packet.hpp"
#include "path.hpp"
#include "socketio_world.hpp"

namespace holdfast::bench {
namespace {

using namespace socketio;

constexpr std::string_view typed_event = R"(42["answer",1234,"A",true])";
constexpr std::string_view echo_event = R"(4212["echo","what a player says"])";

class DecodeEvent final : public Path {
  public:
    void prepare(std::size_t /*operations*/) override { arguments_ = 0; }
    void run(std::size_t operations) override {
        for (std::size_t index = 0; index < operations; ++index) {
            auto packet =
                decoder_.add_text(R"(212["answer",{"round":1234,"item":"A","answer":true}])", limits_);
            if (packet && *packet) arguments_ += (*packet)->data.as_array().size();
        }
        wanted_ = 2 * operations;
    }
    [[nodiscard]] std::string complaint() const override {
        return expect_count("arguments", arguments_, wanted_);
    }

  private:
    PacketDecoder decoder_;
    PacketLimits limits_;
    std::size_t arguments_ = 0;
    std::size_t wanted_ = 0;
};

class EncodeEvent final : public Path {
  public:
    void prepare(std::size_t /*operations*/) override { bytes_ = 0; }
    void run(std::size_t operations) override {
        for (std::size_t index = 0; index < operations; ++index)
            bytes_ += encode_event("/", "new_question", arguments_)->text().size();
        wanted_ = operations * encode_event("/", "new_question", arguments_)->text().size();
    }
    [[nodiscard]] std::string complaint() const override { return expect_count("bytes", bytes_, wanted_); }

  private:
    json::array arguments_{json::object{{"round_id", 1234}, {"round_number", 7}, {"item", "A"}}};
    std::size_t bytes_ = 0;
    std::size_t wanted_ = 0;
};

/// From the engine's message to a handler whose parameters say what the arguments are.
class RouteTyped final : public Path {
  public:
    RouteTyped() : client_(world_.connect()) {
        world_.nsp.on("answer",
                      [this](Socket& /*player*/, std::int64_t round, const std::string& item, bool answer) {
                          sum_ += static_cast<std::size_t>(round) * item.size() * (answer ? 1U : 0U);
                      });
    }
    void prepare(std::size_t /*operations*/) override { sum_ = 0; }
    void run(std::size_t operations) override {
        for (std::size_t index = 0; index < operations; ++index)
            world_.receive(client_, typed_event);
        wanted_ = 1'234 * operations;
    }
    [[nodiscard]] std::string complaint() const override { return expect_count("the sum", sum_, wanted_); }

  private:
    SocketIoWorld world_;
    ClientSocket& client_;
    std::size_t sum_ = 0;
    std::size_t wanted_ = 0;
};

/// A handler's answer, from its arguments to the frame.
class AnswerWithAck final : public Path {
  public:
    AnswerWithAck() : client_(world_.connect()) {
        world_.nsp.on("echo", [this](Socket& /*socket*/, Event& event) { acks_.push_back(event.ack); });
    }
    void prepare(std::size_t operations) override {
        acks_.clear();
        for (std::size_t index = 0; index < operations; ++index)
            world_.receive(client_, echo_event);
        world_.clear_output();
    }
    void run(std::size_t operations) override {
        for (const auto& ack : acks_) {
            client_.out.clear();
            ack(json::array{"what a player says"});
        }
        wanted_ = operations;
    }
    [[nodiscard]] std::string complaint() const override {
        if (!client_.out.ends_with(R"(4312["what a player says"])"))
            return "the ack is not what it should be";
        return expect_count("acks", client_.messages, wanted_);
    }

  private:
    SocketIoWorld world_;
    ClientSocket& client_;
    std::vector<RawAck> acks_;
    std::size_t wanted_ = 0;
};

/// Everything between the bytes of a read and the bytes of a send, `in_flight` events a turn.
class Echo final : public Path, private IgnoringSink {
  public:
    explicit Echo(std::size_t in_flight) : in_flight_(in_flight), client_(world_.connect()) {
        world_.nsp.on("echo", [](Socket& /*socket*/, Event& event) {
            event.ack(event.arguments, std::move(event.attachments));
        });
    }
    void prepare(std::size_t operations) override {
        frames_.fill(operations, echo_event);
        world_.clear_output();
        bytes_ = 0;
    }
    void run(std::size_t operations) override {
        for (std::size_t index = 0; index < operations; index += in_flight_) {
            client_.out.clear();
            decoder_.decode(frames_.at(index, in_flight_), *this);
            bytes_ += client_.out.size();
        }
        wanted_ = operations;
    }
    [[nodiscard]] std::string complaint() const override {
        constexpr std::string_view frame = R"(xx4312["what a player says"])";
        if (!client_.out.ends_with(frame.substr(2))) return "the ack is not what it should be";
        return expect_count("bytes of acks", bytes_, wanted_ * frame.size());
    }

  private:
    void on_message(std::string_view data, bool /*binary*/) override { world_.receive(client_, data); }

    std::size_t in_flight_;
    SocketIoWorld world_;
    ClientSocket& client_;
    FrameBuffer frames_;
    websocket::DecoderSettings settings_;
    websocket::FrameDecoder decoder_{settings_};
    std::size_t bytes_ = 0;
    std::size_t wanted_ = 0;
};

/// A WebSocket and the namespace `/`, from the upgrade request on; then the loss of the connection.
class Connect final : public Path {
  public:
    void prepare(std::size_t /*operations*/) override {
        world_.lose_all();
        heard_ = 0;
    }
    void run(std::size_t operations) override {
        for (std::size_t index = 0; index < operations; ++index)
            heard_ += world_.connect().messages;
        wanted_ = 2 * operations;
    }
    [[nodiscard]] std::string complaint() const override { return expect_count("answers", heard_, wanted_); }

  private:
    SocketIoWorld world_;
    std::size_t heard_ = 0;
    std::size_t wanted_ = 0;
};

class Lose final : public Path {
  public:
    void prepare(std::size_t operations) override {
        before_ = world_.server.counters().disconnects;
        for (std::size_t index = 0; index < operations; ++index)
            world_.connect();
    }
    void run(std::size_t operations) override {
        world_.lose_all();
        wanted_ = operations;
    }
    [[nodiscard]] std::string complaint() const override {
        return expect_count("disconnects", world_.server.counters().disconnects - before_, wanted_);
    }

  private:
    SocketIoWorld world_;
    std::uint64_t before_ = 0;
    std::size_t wanted_ = 0;
};

}  // namespace

std::vector<PathInfo> socketio_paths() {
    return {
        path<DecodeEvent>("socketio.decode_event", "packet", 1'000),
        path<EncodeEvent>("socketio.encode_event", "message", 1'000),
        path<RouteTyped>("socketio.route_typed", "event", 1'000),
        path<AnswerWithAck>("socketio.answer_with_ack", "ack", 1'000),
        path<Echo>("socketio.echo", "event with its ack", 1'000, std::size_t{1}),
        path<Echo>("socketio.echo_8_in_flight", "event with its ack", 1'000, std::size_t{8}),
        path<Connect>("socketio.connect", "connection", 200),
        path<Lose>("socketio.connection_lost", "connection", 200),
    };
}

}  // namespace holdfast::bench
