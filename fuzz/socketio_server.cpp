// A whole Socket.IO server under clients that send anything, with handlers that do anything: every socket
// that connects disconnects once, every ack is settled once, each client gets whole packets with their
// attachments behind them, nothing is left in the end, and a client that keeps to the protocol notices none
// of it.
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/base/crypto.hpp"
#include "holdfast/base/random.hpp"
#include "holdfast/socketio/packet.hpp"
#include "holdfast/socketio/recovery.hpp"
#include "holdfast/socketio/recovery_log.hpp"
#include "holdfast/socketio/server.hpp"
#include "input.hpp"
#include "require.hpp"
#include "targets.hpp"
#include "wire.hpp"

namespace holdfast::fuzz {
namespace {

using namespace holdfast::socketio;
using namespace std::chrono_literals;

constexpr std::string_view usual_packets[] = {
    "40",
    "40/room,",
    "40/dyn1,",
    "41/dyn1,",
    "42/dyn1,[\"hold\"]",
    "42/dyn1,[\"let go\"]",
    "42/dyn1,[\"keep\"]",
    "41",
    "41/room,",
    R"(42["echo",1,"x"])",
    R"(421["echo",{}])",
    R"(42/room,9["echo"])",
    R"(451-["echo",{"_placeholder":true,"num":0}])",
    R"(452-3["echo",{"_placeholder":true,"num":1},[{"_placeholder":true,"num":0}]])",
    "bAQID",
    "b",
    "3",
    "2probe",
    "5",
    R"(42["join","r"])",
    R"(42["leave","r"])",
    R"(42["ask"])",
    "430[]",
    "431[1]",
    R"(461-0[{"_placeholder":true,"num":0}])",
    R"(42["bye"])",
    R"(42["end"])",
    R"(42["throw"])",
    R"(42["all",1])",
    R"(42["kick"])",
    R"(427["later"])",
    R"(42["fetch"])",
    R"(42["volatile"])",
    R"(40/room,{"no":1})",
    R"(40/room,{"later":1})",
    R"(40/room,{"throw":1})",
    R"(42[7,"number"])",
    "40/dyn2,{}",
    "",
    "1",
    "6",
    "4",
};

constexpr std::size_t recoverable_most = 4;

class World {
  public:
    explicit World(Script& script)
        : mode_(script.byte()),
          random_(mode_),
          server_(settings(), random_),
          wire_(server_.engine(), clock_, usual_packets) {
        if (with_recovery()) {
            RecoverySettings recovery;
            recovery.log = std::make_unique<MemoryRecoveryLog>("abcdef");
            recovery.limits.window = 1s;
            recovery.limits.sessions = recoverable_most;
            recovery.limits.events = 6;
            recovery.limits.event_bytes = 400;
            recovery.skip_middlewares = (mode_ & 128U) == 0;
            require(server_.enable_recovery(std::move(recovery)).has_value(), "recovery can be turned on");
        }
        set_up(server_.of("/"));
        auto& room = server_.of("/room");
        set_up(room);
        room.use([this](Socket& socket, Next next) { admit(socket, std::move(next)); });
        server_.of([](std::string_view name, const json::value&) { return name.starts_with("/dyn"); },
                   [this](Namespace& made) {
                       require(made.socket_count() == 0 && server_.find(made.name()).get() == &made,
                               "a namespace that is made on demand begins empty");
                       set_up(made);
                   });
        wire_.pass = [this](Milliseconds time) { pass(time); };
        wire_.on_packet = [this](std::size_t client, std::string_view packet, bool binary) {
            heard(client, packet, binary);
        };
        honest_.emplace(server_.engine(), clock_, (mode_ & 1U) != 0);
        honest_->say("0");
        const auto words = honest_->heard();
        require(words.size() == 1 && words[0].starts_with("0{\"sid\":\"") && honest_socket_ != nullptr,
                "an honest client joins");
    }

    void step(Script& script) {
        switch (script.below(12)) {
            case 0:
                for (auto& next : std::exchange(waiting_, {})) {
                    if (script.byte() < 200) {
                        next(std::nullopt);
                    } else {
                        next(ConnectError{"no", json::object{{"why", 1}}});
                    }
                    next(std::nullopt);  // once is enough
                }
                break;
            case 1:
                for (const auto& ack : std::exchange(acks_, {})) {
                    ack(json::array{1});
                    ack(json::array{2});
                }
                break;
            case 2: {
                Payload payload;
                payload.arguments.push_back(attach(payload.attachments, std::string(script.piece())));
                for (const auto& socket : server_.of("/").sockets({{"all"}, {}}))
                    socket->emit("bytes", payload);
                break;
            }
            case 3:
                server_.of("/room").broadcast({{"r"}, {"all"}}, "tell", {std::string(script.piece())},
                                              script.flag());
                break;
            case 4:
                come_back(script);
                break;
            default:
                wire_.step(script);
        }
        check_honest();
    }

    void finish() {
        honest_->expect_end();
        ending_ = true;
        if ((mode_ & 2U) != 0) server_.shut_down(clock_.now());
        wire_.leave();
        honest_->leave();
        for (int round = 0; round < 12; ++round)
            pass(100ms);
        for (auto& next : std::exchange(waiting_, {}))
            next(std::nullopt);
        for (const auto& ack : std::exchange(acks_, {}))
            ack(json::array{});
        pass(300ms);
        require(connected_.empty(), "every socket disconnects");
        require(pending_asks_.empty(), "every ack is settled");
        for (const auto& name : names_) {
            const auto nsp = server_.find(name);
            if (nsp == nullptr) continue;
            require(nsp->socket_count() == 0, "no socket is left");
            require(nsp->sockets({}).empty(), "nor found");
        }
        held_.clear();
        kept_socket_.reset();
        // The window of recovery as well.
        for (int round = 0; round < 40; ++round)
            pass(100ms);
        for (const auto& name : names_) {
            require(server_.find(name) == nullptr || fixed_.contains(name),
                    "what was made on demand goes when nobody is in it", name);
        }
        require(server_.engine().session_count() == 0 && server_.engine().table_entries() == 0,
                "nothing is left in the engine");
        const auto& counters = server_.counters();
        require(counters.connects == counters.disconnects, "the counters tell of every socket");
        require(counters.handler_failures == thrown_, "every exception is counted and goes no further");
    }

  private:
    /// What a client needs to come back: its namespace, its pid and the last offset it heard.
    struct Memory {
        std::string nsp;
        std::string pid;
        std::string offset;
    };

    [[nodiscard]] bool with_recovery() const { return (mode_ & 64U) != 0; }

    /// Somebody comes with the pid of a client of before, which may still be there, and some offset.
    void come_back(Script& script) {
        const auto which = script.byte();
        const auto offset = script.piece();
        if (memories_.empty()) return;
        const auto& memory = memories_[memories_.size() - 1 - which % memories_.size()];
        Packet packet;
        packet.type = PacketType::connect;
        packet.nsp = memory.nsp;
        packet.data = json::object{{"pid", memory.pid},
                                   {"offset", offset.empty() ? memory.offset : std::string(offset)}};
        wire_.say(script, "4" + encode_packet(packet));
    }

    Settings settings() const {
        Settings settings;
        settings.engine.ping_interval = 300ms;
        settings.engine.ping_timeout = 200ms;
        settings.engine.upgrade_timeout = 400ms;
        settings.engine.polling_close_timeout = 500ms;
        settings.engine.max_payload_bytes = 2'000;
        settings.engine.send_queue_bytes = (mode_ & 4U) != 0 ? 400 : 4'000;
        settings.connect_timeout = 450ms;
        settings.attachment_timeout = 250ms;
        settings.most_attachments = 3;
        settings.empty_namespace_time = 250ms;
        return settings;
    }

    void pass(Milliseconds time) {
        clock_.advance(time);
        server_.on_tick(clock_.now());
    }

    void set_up(Namespace& nsp) {
        names_.emplace(nsp.name());
        nsp.on_connection([this](SocketPointer socket) {
            require(socket->connected() && socket->id().size() == 20, "a socket that connects is connected");
            if (connected_.size() >= recoverable_most) crowded_out_.emplace(socket->id());
            require(connected_.insert(socket.get()).second, "a socket connects once");
            require(with_recovery() || socket->recovery() == Recovery::none, "nothing is recovered unasked");
            for (const Socket* other : connected_) {
                require(other == socket.get() || other->id() != socket->id(), "a socket has one holder");
            }
            if (honest_socket_ == nullptr) {
                honest_socket_ = socket;
                return;
            }
            socket->join("all");
            if ((mode_ & 8U) != 0) socket->emit("welcome", json::array{1});
            if ((mode_ & 16U) != 0) socket->on("own", [](Socket& self, Event&) { self.disconnect(false); });
        });
        nsp.on_any([this](Socket& socket, Event& event) { handle(socket, event); });
        nsp.on_disconnect([this](Socket& socket, DisconnectReason reason) {
            require(connected_.erase(&socket) == 1, "a socket disconnects once, after it has connected");
            require(!socket.connected(), "a socket that disconnects is not connected");
            require(!to_string(reason).empty(), "a disconnect has a reason");
            require(&socket != honest_socket_.get() || ending_, "an honest client stays connected");
            require(socket.emit("late") == engineio::SendVerdict::dropped,
                    "nothing is sent after the disconnect");
            require(!socket.rooms().empty(), "the rooms are still told");
            if ((mode_ & 32U) != 0) {
                socket.nsp().broadcast({{"all"}, {}}, "gone", {std::string(socket.id())});
                // The application throws when it likes.
                if (&socket != honest_socket_.get()) raise();
            }
        });
        nsp.on_heartbeat([this](Socket& socket, Instant sent) {
            require(socket.connected() && sent <= clock_.now(),
                    "a pong comes from a socket that is connected");
        });
    }

    [[noreturn]] void raise() {
        ++thrown_;
        throw std::runtime_error("the application had a bad day");
    }

    void admit(Socket& socket, Next next) {
        require(!socket.connected(), "a socket is not connected before it was let in");
        const auto& auth = socket.auth().get_object();
        if (auth.contains("throw")) raise();
        if (auth.contains("later")) {
            waiting_.push_back(std::move(next));
        } else if (auth.contains("no")) {
            next(ConnectError{"not you", nullptr});
        } else {
            next(std::nullopt);
        }
    }

    void handle(Socket& socket, Event& event) {
        require(socket.connected() && connected_.contains(&socket),
                "an event comes from a socket that is connected");
        if (&socket == honest_socket_.get()) {
            require(event.name == "say" && event.ack.wanted(), "an honest client's event is the one it sent");
            socket.emit("heard", event.arguments);
            event.ack(event.arguments);
            return;
        }
        const auto argument = [&] {
            return !event.arguments.empty() && event.arguments[0].is_string()
                       ? std::string(event.arguments[0].get_string())
                       : std::string("r");
        };
        auto& nsp = socket.nsp();
        if (event.name == "echo") {
            Payload payload{event.arguments, event.attachments};
            if (event.ack.wanted()) event.ack(payload);
            socket.emit("echo", std::move(payload));
        } else if (event.name == "join") {
            const auto room = argument();
            // Not where the honest client is.
            if (room != honest_socket_->id()) socket.join(room);
        } else if (event.name == "leave") {
            socket.leave(argument());
        } else if (event.name == "ask") {
            const auto ask = ++asked_;
            pending_asks_[ask] = socket.weak_from_this();
            socket.emit_with_ack("ask", {1}, 200ms, [this, ask](const Result<Payload, AckError>& answer) {
                require(pending_asks_.erase(ask) == 1, "an ack is settled once");
                if (answer && answer->arguments.size() == 1) raise();
            });
        } else if (event.name == "bye") {
            socket.disconnect(false);
        } else if (event.name == "end") {
            socket.disconnect(true);
        } else if (event.name == "throw") {
            raise();
        } else if (event.name == "all") {
            nsp.broadcast({{"all"}, {}}, "all", std::move(event.arguments));
        } else if (event.name == "kick") {
            nsp.disconnect_sockets({{"all"}, {std::string(socket.id())}}, event.arguments.size() == 1);
        } else if (event.name == "later") {
            acks_.push_back(event.ack);
        } else if (event.name == "hold") {
            held_.push_back(nsp.hold());
            kept_socket_ = socket.shared_from_this();
        } else if (event.name == "let go") {
            for (const auto& held : held_)
                require(server_.find(held->name()) == held, "what is held stays");
            held_.clear();
            kept_socket_.reset();
        } else if (event.name == "keep") {
            require(&server_.of(nsp.name()) == &nsp, "there is one namespace of a name");
            fixed_.emplace(nsp.name());
        } else if (event.name == "fetch") {
            nsp.fetch_sockets({}, [](const Result<std::vector<SocketDescription>, FetchError>& found) {
                require(found.has_value(), "a server that stands alone finds its sockets");
                for (const auto& each : *found)
                    require(each.handshake != nullptr && !each.rooms.empty(), "a socket is described");
            });
        } else if (event.name == "volatile") {
            for (int i = 0; i < 3; ++i)
                socket.emit_volatile("volatile", {i});
        }
    }

    void heard(std::size_t client, std::string_view packet, bool binary) {
        auto& decoder = decoders_[client];
        PacketDecoder::Answer answer;
        const PacketLimits limits{.attachments = 1'000'000};
        if (binary) {
            answer = decoder.add_binary(packet);
        } else if (packet.starts_with('b')) {
            const auto bytes = base64_decode(packet.substr(1));
            require(bytes.has_value(), "binary as text is base64");
            answer = decoder.add_binary(*bytes);
        } else if (packet.starts_with('4')) {
            answer = decoder.add_text(packet.substr(1), limits);
        } else {
            return;
        }
        require(answer.has_value(), "what a client gets are whole packets, attachments behind them", packet);
        if (!answer->has_value() || !with_recovery()) return;
        const auto& data = (*answer)->data;
        if ((*answer)->type == PacketType::connect) {
            if (const auto* pid = data.get_object().if_contains("pid")) {
                memories_.push_back({(*answer)->nsp, std::string(pid->get_string()), std::string()});
            } else {
                // A polling client may fetch the answer when the others have left.
                require(connected_.size() >= recoverable_most ||
                            crowded_out_.contains(std::string(data.at("sid").get_string())),
                        "a client gets a pid unless there are too many");
            }
        } else if ((*answer)->type == PacketType::event && !memories_.empty() &&
                   data.get_array().back().is_string()) {
            memories_.back().offset = data.get_array().back().get_string();
        }
    }

    void check_honest() {
        const auto number = std::to_string(++said_);
        honest_->say("2" + number + "[\"say\"," + number + "]");
        const std::vector<std::string> expected{"2[\"heard\"," + number + "]",
                                                "3" + number + "[" + number + "]"};
        auto words = honest_->heard();
        if (with_recovery() && !words.empty()) {
            // The event has its offset at the end.
            const auto begin = words[0].rfind(",\"abcdef.");
            require(begin != std::string::npos, "an event has its offset", words[0]);
            words[0].replace(begin, std::string::npos, "]");
        }
        require_same(words, expected, "an honest client hears what is meant for it, and at once");
        require(honest_socket_->connected(), "an honest client stays connected");
        for (const auto& [ask, asked] : pending_asks_) {
            const auto socket = asked.lock();
            require(socket && socket->connected(), "nobody waits for the ack of a socket that is gone");
        }
    }

    std::uint8_t mode_;
    ManualClock clock_;
    SeededRandom random_;
    bool ending_ = false;
    std::uint64_t said_ = 0;
    std::uint64_t thrown_ = 0;
    std::uint64_t asked_ = 0;
    std::map<std::uint64_t, std::weak_ptr<Socket>> pending_asks_;
    std::set<const Socket*> connected_;
    std::set<std::string> crowded_out_;  ///< those who found as many connected as can come back
    std::set<std::string> names_;
    std::set<std::string> fixed_{"/", "/room"};  ///< those that stay
    std::vector<NamespacePointer> held_;
    SocketPointer kept_socket_;
    std::vector<Next> waiting_;
    std::vector<RawAck> acks_;
    std::map<std::size_t, PacketDecoder> decoders_;
    std::vector<Memory> memories_;
    SocketPointer honest_socket_;
    Server server_;
    Wire wire_;
    std::optional<HonestClient> honest_;
};

}  // namespace

void socketio_server(Input input) {
    Script script(input);
    World world(script);
    for (int steps = 0; steps < 500 && !script.empty(); ++steps)
        world.step(script);
    world.finish();
}

}  // namespace holdfast::fuzz
