// Random emits, joins, leaves, cuts, returns, kills and failures of the disk, compared with an oracle that
// knows what each client must have seen: every event once, in order, and nothing else.
#include <rapidcheck.h>

#include <map>
#include <set>

#include "holdfast/socketio/recovery/recovery_test_support.hpp"

namespace holdfast::socketio {
namespace {

struct Command {
    std::uint8_t kind = 0;
    std::uint8_t who = 0;
    std::uint8_t what = 0;
    std::uint8_t how = 0;
};

std::ostream& operator<<(std::ostream& out, const Command& command) {
    return out << '{' << int(command.kind) << ',' << int(command.who) << ',' << int(command.what) << ','
               << int(command.how) << '}';
}

/// Something that happened, at a position of the log. What is behind the end of the disk at a kill did not.
struct Happened {
    LogPosition position = 0;
    std::string sid;   ///< who joined or left; empty: an event
    std::string room;  ///< joined or left
    bool joined = false;
    std::string event;
    Audience audience;
};

struct ModelClient {
    StockClient stock;
    bool at_server = false;  ///< the server thinks it is there
    bool said_goodbye = false;
    LogPosition reply_at = 0;  ///< where the log stood when the server took its last CONNECT
    LogPosition life_from = 0;
    std::vector<std::string> seen;  ///< in this life
};

class World : public RecoveryTest {
  public:
    explicit World(const RecoveryLimits& wanted) {
        limits = wanted;
        start();
    }
    void TestBody() override {}

    void run(const std::vector<Command>& commands) {
        for (const auto& command : commands) {
            step(command);
            if (!problem_.empty()) return;
        }
        settle();
    }
    /// The first thing that was not as it must be; empty: all is well.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] std::size_t gaps() const { return gaps_; }
    [[nodiscard]] std::size_t recoveries() const { return recoveries_; }

  private:
    static constexpr std::size_t client_count = 4;

    void require(bool holds, const std::string& otherwise) {
        if (!holds && problem_.empty()) problem_ = otherwise;
    }
    static std::string listed(const Texts& texts) {
        std::string list;
        for (const auto& text : texts)
            list += text + ' ';
        return list;
    }
    LogPosition position() { return hub->recovery()->keeper().position(); }
    static std::string room_name(std::uint8_t number) { return "room" + std::to_string(number % 3); }

    void step(const Command& command) {
        auto& client = clients_[command.who % client_count];
        switch (command.kind % 16) {
            case 0:
            case 1:
                come(client, command.how % 16 == 0);
                return;
            case 2:
                cut_somewhere(client, command.how);
                return;
            case 3:
                hear(client);
                return;
            case 4:
            case 5:
                change_room(client, room_name(command.what), true);
                return;
            case 6:
                change_room(client, room_name(command.what), false);
                return;
            case 7:
            case 8:
            case 9:
                broadcast(command);
                return;
            case 10:
                emit_to(client, command);
                return;
            case 11:
            case 12:
                disk->keep(command.how % 8U);
                return;
            case 13:
                if (command.how % 4 == 0) kill();
                return;
            case 14:
                if (command.how % 8 == 0) fail();
                return;
            default:
                if (command.how % 8 == 0) say_goodbye(client);
                return;
        }
    }

    void come(ModelClient& client, bool offset_lost) {
        if (offset_lost && client.stock.offset) client.stock.offset = "mangled";
        client.stock.before_connect.clear();
        client.stock.session = ++last_session;
        client.stock.connected = false;
        hub->on_open(client.stock.session, std::make_shared<engineio::Handshake>());
        hub->on_message(client.stock.session, client.stock.greeting(), false);
        client.reply_at = position();
        client.at_server = true;
    }

    /// The client reads what has arrived.
    void hear(ModelClient& client) {
        const auto texts = std::exchange(output->sessions[client.stock.session].sent, {});
        hear_some(client, texts, texts.size());
    }
    void hear_some(ModelClient& client, const Texts& texts, std::size_t count) {
        for (std::size_t at = 0; at < count; ++at) {
            const bool is_reply = texts[at].front() == '0';
            const auto before = client.stock.pid;
            if (is_reply) {
                // What came before the reply belongs to the life that the reply goes on with.
                const auto early = client.stock.before_connect.size();
                client.stock.hear(texts[at]);
                judge_reply(client, before, early);
            } else {
                client.stock.hear(texts[at]);
            }
            for (const auto& event : std::exchange(client.stock.events, {})) {
                if (event[0] == json::value("say")) client.seen.emplace_back(event[1].get_string());
            }
        }
    }
    void judge_reply(ModelClient& client, const std::string& pid_before, std::size_t early) {
        const auto& outcome = client.stock.recovery;
        if (outcome == "complete") {
            ++recoveries_;
            require(client.stock.pid == pid_before, "recovered under another secret");
            return;
        }
        require(early == 0, "events before the reply, but not recovered");
        if (outcome == "gap") ++gaps_;
        require(outcome != "none" || client.said_goodbye, "a session was lost");
        client.said_goodbye = false;
        client.seen.clear();
        client.life_from = client.reply_at;
    }

    void cut_somewhere(ModelClient& client, std::uint8_t how) {
        if (!client.at_server) return;
        const auto texts = std::exchange(output->sessions[client.stock.session].sent, {});
        std::size_t count = texts.empty() ? 0 : how % (texts.size() + 1);
        if (!client.stock.connected) {
            // What is sent again and the reply leave in one write: all of it arrives, or nothing.
            const auto reply = std::find_if(texts.begin(), texts.end(),
                                            [](const std::string& text) { return text.front() == '0'; });
            if (count <= static_cast<std::size_t>(reply - texts.begin())) count = 0;
            if (reply == texts.end()) count = 0;
        }
        hear_some(client, texts, count);
        if (how % 3 == 0) return half_open(client);
        client.at_server = false;
        cut(client.stock);
    }
    /// The client is gone and the server does not know.
    void half_open(ModelClient& client) { client.stock.connected = false; }

    void change_room(ModelClient& client, const std::string& room, bool join) {
        const auto socket = client.at_server ? main().find(client.stock.sid) : nullptr;
        if (socket == nullptr) return;
        const auto before = position();
        join ? static_cast<void>(socket->join(room)) : socket->leave(room);
        if (position() != before) happened_.push_back({before + 1, client.stock.sid, room, join, {}, {}});
    }

    void broadcast(const Command& command) {
        Audience audience;
        if (command.how % 3 != 0) audience.rooms.push_back(room_name(command.what));
        if (command.how % 5 == 0) audience.rooms.push_back(room_name(command.who));
        if (command.how % 4 == 0) audience.except.push_back(clients_[command.who % client_count].stock.sid);
        if (command.how % 7 == 0) audience.except.push_back(room_name(command.who));
        std::erase(audience.except, std::string());
        if (command.how % 11 == 0) {
            main().broadcast(audience, "volatile", json::array{"text"}, true);
            return;
        }
        const auto before = position();
        const auto id = std::to_string(++last_event_);
        main().broadcast(audience, "say", json::array{id}, false);
        if (position() != before) happened_.push_back({before + 1, {}, {}, false, id, audience});
    }

    void emit_to(ModelClient& client, const Command& command) {
        const auto socket = client.at_server ? main().find(client.stock.sid) : nullptr;
        if (socket == nullptr) return;
        if (command.how % 4 == 0) {
            socket->emit_volatile("volatile", json::array{"text"});
            return;
        }
        const auto before = position();
        const auto id = std::to_string(++last_event_);
        if (command.how % 4 == 1) {
            socket->send(encode_event("/", "say", json::array{id}));
        } else {
            socket->emit("say", json::array{id});
        }
        if (position() != before) {
            happened_.push_back({before + 1, {}, {}, false, id, {{client.stock.sid}, {}}});
        }
    }

    void say_goodbye(ModelClient& client) {
        if (!client.at_server || !client.stock.connected) return;
        hub->on_message(client.stock.session, "1", false);
        client.said_goodbye = true;
    }

    void forget_what_is_not_on_the_disk() {
        const auto end = disk->image.position;
        std::erase_if(happened_, [&](const Happened& one) { return one.position > end; });
        for (auto& client : clients_) {
            client.at_server = false;
            client.stock.connected = false;
        }
    }
    void hear_all() {
        for (auto& client : clients_) {
            if (client.stock.connected) hear(client);
        }
    }
    void kill() {
        hear_all();
        disk->crash();
        forget_what_is_not_on_the_disk();
        start();
    }
    void fail() {
        disk->fail();
        hear_all();
        forget_what_is_not_on_the_disk();
        pass(limits::recovery_retry_time);
    }

    /// Everybody comes back, and what each has seen is compared with what it must have seen.
    void settle() {
        disk->keep_all();
        for (auto& client : clients_) {
            if (client.stock.connected && client.at_server) hear(client);
            come(client, false);
            disk->keep_all();
            hear(client);
            require(client.stock.connected, "not let in");
        }
        Command to_all;
        broadcast(to_all);
        disk->keep_all();
        std::set<std::string> sids;
        for (auto& client : clients_) {
            hear(client);
            const auto expected = must_have_seen(client);
            require(client.seen == expected, "saw " + listed(client.seen) + "instead of " + listed(expected));
            require(sids.insert(client.stock.sid).second, "two clients with one id");
            require(main().find(client.stock.sid) != nullptr, "a client without a socket");
        }
    }

    Texts must_have_seen(const ModelClient& client) {
        Texts events;
        std::set<std::string> rooms{client.stock.sid};
        for (const auto& one : happened_) {
            if (one.sid == client.stock.sid) {
                if (one.joined) rooms.insert(one.room);
                if (!one.joined) rooms.erase(one.room);
            }
            if (one.event.empty() || one.position <= client.life_from) continue;
            const auto in = [&](const std::string& room) { return rooms.contains(room); };
            const auto& audience = one.audience;
            const bool reached =
                audience.rooms.empty() || std::any_of(audience.rooms.begin(), audience.rooms.end(), in);
            if (reached && std::none_of(audience.except.begin(), audience.except.end(), in)) {
                events.push_back(one.event);
            }
        }
        return events;
    }

    std::array<ModelClient, client_count> clients_;
    std::vector<Happened> happened_;
    int last_event_ = 0;
    std::string problem_;
    std::size_t gaps_ = 0;
    std::size_t recoveries_ = 0;
};

}  // namespace
}  // namespace holdfast::socketio

namespace rc {
template <>
struct Arbitrary<holdfast::socketio::Command> {
    static auto arbitrary() {
        using holdfast::socketio::Command;
        return gen::build<Command>(gen::set(&Command::kind), gen::set(&Command::who),
                                   gen::set(&Command::what), gen::set(&Command::how));
    }
};
}  // namespace rc

namespace holdfast::socketio {
namespace {

std::vector<Command> some_commands() {
    const auto length = *rc::gen::resize(100, rc::gen::inRange(200, 1500));
    return *rc::gen::resize(100, rc::gen::container<std::vector<Command>>(static_cast<std::size_t>(length),
                                                                          rc::gen::arbitrary<Command>()));
}

TEST(RecoveryProperty, EverybodySeesEveryEventOnceAndInOrder) {
    std::size_t recoveries = 0;
    rc::check([&] {
        World world(RecoveryLimits{});
        world.run(some_commands());
        recoveries += world.recoveries();
        RC_ASSERT(world.problem() == "");
    });
    EXPECT_GT(recoveries, 500U) << "or the test tells nothing";
}

TEST(RecoveryProperty, AtTheLimitsThereAreGapsAndStillNothingIsLostUnseenOrDoubled) {
    std::size_t gaps = 0;
    std::size_t recoveries = 0;
    rc::check([&] {
        RecoveryLimits limits;
        limits.events = *rc::gen::inRange<std::size_t>(2, 20);
        limits.trim_notes = *rc::gen::inRange<std::size_t>(2, 8);
        limits.room_spans = *rc::gen::inRange<std::size_t>(4, 8);
        World world(limits);
        world.run(some_commands());
        gaps += world.gaps();
        recoveries += world.recoveries();
        RC_ASSERT(world.problem() == "");
    });
    EXPECT_GT(gaps, 100U);
    EXPECT_GT(recoveries, 100U);
}

}  // namespace
}  // namespace holdfast::socketio
