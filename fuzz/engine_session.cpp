// A whole Engine under a script of requests, frames, losses, time and sends: every session that opens closes
// once, no request is answered twice, messages arrive once and in order, nothing is left in the end, and a
// client that keeps to the protocol notices none of it.
#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/base/crypto.hpp"
#include "holdfast/base/random.hpp"
#include "holdfast/engineio/engine.hpp"
#include "input.hpp"
#include "require.hpp"
#include "targets.hpp"
#include "wire.hpp"

namespace holdfast::fuzz {
namespace {

using namespace holdfast::engineio;
using namespace std::chrono_literals;

constexpr std::string_view usual_packets[] = {"2probe", "5", "3",     "4hello", "1", "6", "2",
                                              "4close", "b", "bAQID", "4",      "",  "0", "4send"};

class World final : SessionListener {
  public:
    explicit World(Script& script)
        : mode_(script.byte()),
          random_(mode_),
          engine_(settings(mode_), *this, random_),
          wire_(engine_, clock_, usual_packets),
          honest_(engine_, clock_, (mode_ & 1U) != 0) {
        honest_session_ = last_opened_;
        wire_.pass = [this](Milliseconds time) {
            clock_.advance(time);
            engine_.on_tick(clock_.now());
        };
        wire_.on_packet = [this](std::size_t client, std::string_view packet, bool binary) {
            heard(client, packet, binary);
        };
    }

    void step(Script& script) {
        switch (script.below(8)) {
            case 0:
                send(session(script), script);
                break;
            case 1:
                if (const auto id = session(script); id != honest_session_) engine_.close(id);
                break;
            default:
                wire_.step(script);
        }
        check_honest();
    }

    void finish() {
        require(sessions_.at(honest_session_).open, "an honest client's session stays open");
        honest_.expect_end();
        if ((mode_ & 2U) != 0) {
            engine_.shut_down(clock_.now());
            require(engine_.session_count() == 0, "no session outlives the shut-down");
        }
        wire_.leave();
        honest_.leave();
        for (int round = 0; round < 12; ++round) {
            clock_.advance(100ms);
            engine_.on_tick(clock_.now());
        }
        for (const auto& [id, session] : sessions_)
            require(!session.open, "every session ends");
        require(engine_.session_count() == 0, "no session is left");
        require(engine_.table_entries() == 0, "nothing is left in any table");
        const auto& counters = engine_.counters();
        require(counters.sessions_opened == sessions_.size() && counters.sessions_closed == sessions_.size(),
                "the counters tell of every session");
    }

  private:
    struct Session {
        std::size_t client = 0;
        bool open = true;
        std::deque<std::string>
            expected;  ///< messages and attachments that were accepted and not yet delivered
    };

    static Settings settings(std::uint8_t mode) {
        Settings settings{.ping_interval = 300ms,
                          .ping_timeout = 200ms,
                          .upgrade_timeout = 400ms,
                          .polling_close_timeout = 500ms,
                          .max_payload_bytes = 100,
                          .send_queue_bytes = 200};
        if ((mode & 4U) != 0) settings.cookie = CookieSettings{};
        if ((mode & 8U) != 0) {
            settings.origins.cors = true;
            settings.origins.allowed_origins = {"https://a.example"};
            settings.origins.credentials = true;
        }
        if ((mode & 16U) != 0) settings.allow_upgrades = false;
        return settings;
    }

    [[nodiscard]] SessionId session(Script& script) const {
        return last_opened_ - script.byte() % (last_opened_ + 1);
    }

    void send(SessionId id, Script& script) {
        const auto how = script.byte();
        if (id == honest_session_) return;
        std::string text = "m" + std::to_string(++sent_) + std::string(how % 64, '.');
        std::vector<std::string> attachments;
        if (how >= 128) attachments = {std::string(1, static_cast<char>(how)), ""};
        (void)send(id, std::move(text), std::move(attachments), how % 8 == 0);
    }

    SendVerdict send(SessionId id, std::string text, std::vector<std::string> attachments, bool is_volatile) {
        const auto found = sessions_.find(id);
        const bool known = found != sessions_.end();
        const auto before = known ? found->second.expected : std::deque<std::string>{};
        // It may arrive before the call returns.
        if (known) {
            found->second.expected.push_back("4" + text);
            for (const auto& attachment : attachments)
                found->second.expected.push_back("b" + attachment);
        }
        const auto with = before.size() + 1 + attachments.size();
        const auto verdict = engine_.send(
            id, std::make_shared<const OutgoingMessage>(text, std::move(attachments)), is_volatile);
        require(known || verdict == SendVerdict::dropped, "nothing is sent to a session that is not there");
        require(!known || found->second.open || verdict == SendVerdict::dropped,
                "nothing is sent to a closed session");
        if (known && verdict == SendVerdict::dropped) {
            require(found->second.expected.size() == with,
                    "what is dropped is not delivered, not in part either");
            found->second.expected = before;
        }
        return verdict;
    }

    void heard(std::size_t client, std::string_view packet, bool binary) {
        if (!binary && packet.starts_with('0')) {
            require(client == wire_.client_count() - 1, "a session is opened once");
            return;
        }
        std::string message(packet);
        if (binary) {
            message.insert(0, 1, 'b');
        } else if (packet.starts_with('b')) {
            const auto bytes = base64_decode(packet.substr(1));
            require(bytes.has_value(), "binary as text is base64");
            message = "b" + *bytes;
        } else if (!packet.starts_with('4')) {
            require(packet == "1" || packet == "2" || packet == "3probe" || packet == "6",
                    "a packet is of a known kind", packet);
            return;
        }
        const auto found = session_of_client_.find(client);
        require(found != session_of_client_.end(), "a message comes after the session has opened");
        auto& expected = sessions_.at(found->second).expected;
        require(!expected.empty() && expected.front() == message,
                "messages arrive once, in order and as they were sent", message);
        expected.pop_front();
    }

    void check_honest() {
        const auto text = "honest" + std::to_string(++sent_);
        require(engine_.send(honest_session_, std::make_shared<const OutgoingMessage>(text)) !=
                    SendVerdict::dropped,
                "an honest client can be reached");
        honest_.serve();
        honest_.say("hello");
        const auto words = honest_.heard();
        require(std::ranges::find(words, text) != words.end(), "an honest client gets its message at once");
        require(std::exchange(honest_said_, 0) == 1, "an honest client is heard once");
        require(sessions_.at(honest_session_).open, "an honest client's session stays open");
    }

    void on_open(SessionId id, std::shared_ptr<const Handshake> handshake) override {
        require(handshake != nullptr && id > last_opened_, "a session has a new number and a handshake");
        last_opened_ = id;
        auto& session = sessions_[id];
        if (honest_session_ == 0) return;
        session.client = wire_.client_count() - 1;
        session_of_client_[session.client] = id;
        if ((mode_ & 32U) != 0) (void)send(id, "welcome" + std::to_string(++sent_), {}, false);
    }
    void on_message(SessionId id, std::string_view data, bool binary) override {
        require(sessions_.at(id).open, "a message comes while the session is open");
        if (id == honest_session_) {
            require(data == "hello" && !binary, "an honest client's message is the one it sent");
            ++honest_said_;
            return;
        }
        const std::string message(data);
        if (message == "send" || message.size() % 7 == 3)
            (void)send(id, "re" + std::to_string(++sent_), {"x"}, false);
        if (message == "close") engine_.close(id);
        // Somebody else, too: the one before.
        if (message.size() % 7 == 5 && id - 1 > honest_session_) engine_.close(id - 1);
    }
    void on_close(SessionId id, CloseReason reason) override {
        auto& session = sessions_.at(id);
        require(session.open, "a session closes once");
        require(!to_string(reason).empty(), "a close has a reason");
        session.open = false;
        require(!engine_.transport(id), "a session that is closed is out of the tables");
        require(send(id, "late", {}, false) == SendVerdict::dropped, "nothing is sent after the close");
    }
    void on_drain(SessionId id) override {
        require(sessions_.at(id).open, "only an open session drains");
        if (id != honest_session_ && (mode_ & 64U) != 0 && ++drained_ < 20) {
            (void)send(id, "more" + std::to_string(++sent_), {}, true);
        }
    }
    void on_heartbeat(SessionId id, Instant ping_sent) override {
        require(sessions_.at(id).open && ping_sent <= clock_.now(), "a pong answers a ping");
    }

    std::uint8_t mode_;
    ManualClock clock_;
    SeededRandom random_;
    std::map<SessionId, Session> sessions_;
    std::map<std::size_t, SessionId> session_of_client_;
    SessionId last_opened_ = 0;
    SessionId honest_session_ = 0;
    int honest_said_ = 0;
    int drained_ = 0;
    std::uint64_t sent_ = 0;
    Engine engine_;
    Wire wire_;
    HonestClient honest_;
};

}  // namespace

void engine_session(Input input) {
    Script script(input);
    World world(script);
    for (int steps = 0; steps < 1000 && !script.empty(); ++steps)
        world.step(script);
    world.finish();
}

}  // namespace holdfast::fuzz
