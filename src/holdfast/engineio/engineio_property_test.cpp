// Random lives: whatever the order of polls, posts, upgrades, sends and time, every message arrives exactly
// once and in order; and whatever bytes come, nothing breaks.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "holdfast/engineio/engineio_test_support.hpp"
#include "holdfast/engineio/payload.hpp"

namespace holdfast::engineio {
namespace {

using namespace std::chrono_literals;
using testing::Answer;
using testing::FakeWebSocket;
using testing::joined;
using testing::Strings;
using testing::World;

constexpr std::size_t payload_limit = 60;

/// A client that keeps to the protocol but takes its time: every step is one thing it may do next.
class Client {
  public:
    explicit Client(World& world) : world_(world), sid_(world.open_polling()) {}

    void step(std::uint64_t choice) {
        take_poll();
        take_frames();
        switch (choice % 6) {
            case 0:
                if (!poll_ && !paused_) poll_ = world_.poll(sid_);
                break;
            case 1:
                send_some(choice / 6 % 4);
                break;
            case 2:
                if (!socket_) socket_ = world_.probe(sid_);
                break;
            case 3:
                if (socket_ && !probed_) {
                    world_.frame(*socket_, "2probe");
                    probed_ = true;
                }
                break;
            case 4:
                if (socket_ && !upgraded_ && probed_ && choice / 6 % 8 == 0) {
                    // The network takes the WebSocket away in the middle of it; polling goes on.
                    world_.engine.on_websocket_closed(socket_->id, true, world_.clock.now());
                    socket_.reset();
                    probed_ = paused_ = false;
                    taken_ = 0;
                    flush();
                }
                break;
            default:
                finish_upgrade();
                break;
        }
        take_poll();
        take_frames();
    }

    /// Lets everything that is still on its way arrive.
    void settle() {
        for (int round = 0; round < 200; ++round) {
            take_poll();
            take_frames();
            if (!upgraded_ && !poll_ && !paused_) poll_ = world_.poll(sid_);
            finish_upgrade();
            world_.pass(50ms);
        }
    }

    Strings sent;
    Strings received;
    [[nodiscard]] bool upgraded() const { return upgraded_; }

  private:
    void packet(std::string_view text) {
        if (text == "2") {
            outgoing_.emplace_back("3");
        } else if (text == "3probe") {
            paused_ = true;
        } else if (text != "6") {
            received.emplace_back(text);
        }
    }
    void take_poll() {
        if (!poll_ || !poll_->answered()) return;
        const std::string body = poll_->body();
        poll_.reset();
        PayloadReader reader(body);
        while (const auto text = reader.next()) {
            const auto decoded = decode_packet(*text);
            if (decoded && decoded->binary) {
                received.push_back("<binary>" + decoded->decoded);
            } else {
                packet(*text);
            }
        }
    }
    void take_frames() {
        while (socket_ && taken_ < socket_->received.size())
            packet(socket_->received[taken_++]);
        if (upgraded_) flush();
    }
    void send_some(std::uint64_t count) {
        for (std::uint64_t index = 0; index <= count; ++index) {
            const std::string text = "from client " + std::to_string(sent.size());
            sent.push_back(text);
            outgoing_.push_back("4" + text);
        }
        flush();
    }
    void flush() {
        if (outgoing_.empty() || (paused_ && !upgraded_)) return;
        std::string body;
        const auto post = [&] {
            if (!body.empty()) RC_ASSERT(world_.post(sid_, body)->body() == "ok");
            body.clear();
        };
        for (const std::string& each : outgoing_) {
            if (upgraded_) {
                world_.frame(*socket_, each);
                continue;
            }
            if (body.size() + 1 + each.size() > payload_limit) post();
            if (!body.empty()) body.push_back(packet_separator);
            body += each;
        }
        outgoing_.clear();
        post();
    }
    void finish_upgrade() {
        // A client sends `5` when its last poll has been answered.
        if (upgraded_ || !paused_ || poll_) return;
        world_.frame(*socket_, "5");
        upgraded_ = true;
        flush();
    }

    World& world_;
    std::string sid_;
    Answer poll_;
    std::unique_ptr<FakeWebSocket> socket_;
    std::size_t taken_ = 0;
    bool probed_ = false;
    bool paused_ = false;
    bool upgraded_ = false;
    Strings outgoing_;
};

RC_GTEST_PROP(Delivery, EveryMessageArrivesOnceAndInOrder, ()) {
    const auto steps = *rc::gen::resize(
        200, rc::gen::container<std::vector<std::uint16_t>>(rc::gen::arbitrary<std::uint16_t>()));
    World world({.max_payload_bytes = payload_limit});
    Client client(world);
    Strings expected;
    const auto send = [&](std::uint64_t choice) {
        const std::string text = "m" + std::to_string(expected.size());
        std::vector<std::string> attachments;
        if (choice % 3 == 0) attachments = {"\x01" + text, ""};
        expected.push_back("4" + text);
        for (const std::string& each : attachments)
            expected.push_back("<binary>" + each);
        RC_ASSERT(world.engine.send(1, testing::message(text, attachments)) != SendVerdict::dropped);
    };
    // Answers that are sent from inside the callback take their place in the same order.
    world.listener.when_message = [&](SessionId, std::string_view data, bool) { send(data.size()); };
    for (const std::uint16_t step : steps) {
        const std::uint64_t choice = step / 4U;
        if (step % 4 == 0) {
            send(choice);
        } else if (step % 4 == 1) {
            world.pass(Milliseconds(choice % 150));
        } else {
            client.step(choice);
        }
    }
    client.settle();
    RC_CLASSIFY(client.upgraded(), "upgraded");
    RC_ASSERT(world.listener.closed.empty());
    RC_ASSERT(client.received == expected);
    RC_ASSERT(world.listener.messages == client.sent);
}

/// Something like a packet, or just bytes.
rc::Gen<std::string> input_generator() {
    return rc::gen::oneOf(
        rc::gen::element<std::string>("", "1", "2", "2probe", "3", "3probe", "4", "4hello", "5", "6", "0{}",
                                      "b", "bAQI=", "b!", joined({"4", "4"}), "\x1e", joined({"3", "3", "3"}),
                                      "7"),
        rc::gen::arbitrary<std::string>(),
        rc::gen::map(rc::gen::arbitrary<std::string>(), [](std::string text) { return "4" + text; }));
}

RC_GTEST_PROP(Robustness, RandomRequestsFramesAndTimesBreakNothing, ()) {
    World world({.ping_interval = 300ms,
                 .ping_timeout = 200ms,
                 .upgrade_timeout = 400ms,
                 .polling_close_timeout = 500ms,
                 .max_payload_bytes = 100,
                 .send_queue_bytes = 200});
    std::vector<std::string> sids = {"", "nobody"};
    std::vector<std::unique_ptr<FakeWebSocket>> sockets;
    std::vector<Answer> answers;
    world.listener.when_message = [&world](SessionId session, std::string_view data, bool) {
        if (data.size() % 5 == 1) world.engine.close(session);
        (void)world.engine.send(session, testing::message(data, {std::string(data)}), data.size() % 2 == 0);
    };
    const int steps = *rc::gen::inRange(0, 120);
    for (int step = 0; step < steps; ++step) {
        const auto pick = *rc::gen::arbitrary<std::uint16_t>();
        const std::string sid = sids[pick % sids.size()];
        const int what = *rc::gen::inRange(0, 11);
        if (what == 0) sids.push_back(world.open_polling());
        if (what == 1) answers.push_back(world.poll(sid));
        if (what == 2) answers.push_back(world.post(sid, *input_generator()));
        if (what == 3) {
            const auto method = *rc::gen::element<std::string>("GET", "POST", "OPTIONS", "PUT", "");
            const auto query = *rc::gen::element<std::string>(
                "EIO=4&transport=", "", "transport=polling&sid=", "&&=%&EIO=%34&transport=polling&j=&sid=");
            answers.push_back(world.request(
                {.method = method,
                 .query = query + *rc::gen::element<std::string>("polling", "websocket", sid)}));
        }
        if (what == 4) sockets.push_back(sid.empty() ? world.open_websocket() : world.probe(sid));
        if ((what == 5 || what == 6) && !sockets.empty()) {
            const FakeWebSocket& socket = *sockets[pick % sockets.size()];
            if (!socket.close_code) world.frame(socket, *input_generator(), pick % 7 == 0);
        }
        if (what == 7 && !sockets.empty()) {
            FakeWebSocket& socket = *sockets[pick % sockets.size()];
            if (pick % 3 == 0) {
                world.engine.on_websocket_closed(socket.id, pick % 2 == 0, world.clock.now());
                sockets.erase(sockets.begin() + pick % static_cast<int>(sockets.size()));
            } else {
                socket.reads = pick % 3 == 1;
                if (socket.reads) socket.queued = 0;
                world.engine.on_websocket_drained(socket.id, world.clock.now());
            }
        }
        if (what == 8 && !answers.empty()) {
            const Answer& answer = answers[pick % answers.size()];
            if (!answer->answered()) world.engine.on_request_aborted(answer.get(), world.clock.now());
        }
        if (what == 9) (void)world.engine.send(pick % 8, testing::message(std::string(pick % 90, 'x')));
        if (what == 10) world.pass(Milliseconds(pick % 250));
    }
    // Whatever happened: nothing answers twice, everything ends, once, and leaves nothing behind.
    for (int round = 0; round < 20; ++round)
        world.pass(100ms);
    for (const Answer& answer : answers)
        RC_ASSERT(answer->answers <= 1);
    for (const auto& socket : sockets) {
        for (const std::string& frame : socket->received) {
            RC_ASSERT(frame != "<after close>");
            RC_ASSERT(frame.find("<bad frame>") == std::string::npos);
        }
    }
    RC_ASSERT(world.engine.session_count() == 0U);
    RC_ASSERT(world.engine.table_entries() == 0U);
    std::set<SessionId> closed;
    for (const auto& [session, reason] : world.listener.closed)
        RC_ASSERT(closed.insert(session).second);
    RC_ASSERT(closed.size() == world.listener.opened.size());
    RC_ASSERT(world.engine.counters().sessions_closed == world.engine.counters().sessions_opened);
}

}  // namespace
}  // namespace holdfast::engineio
