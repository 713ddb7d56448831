#include "holdfast/socketio/server.hpp"

#include <utility>

#include "holdfast/socketio/hub.hpp"
#include "holdfast/socketio/packet.hpp"

namespace holdfast::socketio {
namespace {

/// The Engine as the hub sees it. The two refer to each other, so the Engine is filled in afterwards.
class EngineOutput final : public SessionOutput {
  public:
    engineio::SendVerdict send(engineio::SessionId session, const engineio::MessagePointer& message,
                               bool is_volatile) override {
        return engine->send(session, message, is_volatile);
    }
    engineio::SendVerdict send_text(engineio::SessionId session, std::string_view text,
                                    bool is_volatile) override {
        return engine->send_text(session, text, is_volatile);
    }
    void close(engineio::SessionId session, engineio::CloseReason reason) override {
        engine->close(session, reason);
    }
    void together(const std::function<void()>& function) override { engine->together(function); }
    [[nodiscard]] std::optional<engineio::TransportKind> transport(
        engineio::SessionId session) const override {
        return engine->transport(session);
    }

    engineio::Engine* engine = nullptr;
};

}  // namespace

struct Server::State {
    State(const Settings& settings, Random& random, engineio::HandshakeHook handshake_hook)
        : hub(settings, random, output), engine(settings.engine, hub, random, std::move(handshake_hook)) {
        output.engine = &engine;
    }

    EngineOutput output;
    Hub hub;
    engineio::Engine engine;
};

Server::Server(Settings settings, Random& random, engineio::HandshakeHook handshake_hook)
    : state_(std::make_unique<State>(settings, random, std::move(handshake_hook))) {}
Server::~Server() = default;

Namespace& Server::of(std::string_view name) {
    return state_->hub.of(name);
}

NamespacePointer Server::find(std::string_view name) {
    return state_->hub.find(name);
}

void Server::of(std::regex pattern, std::function<void(Namespace&)> on_created) {
    state_->hub.of(
        [pattern = std::move(pattern)](std::string_view name, const json::value& /*auth*/) {
            return std::regex_match(name.begin(), name.end(), pattern);
        },
        std::move(on_created));
}

void Server::on_new_namespace(std::function<void(Namespace&)> handler) {
    state_->hub.on_new_namespace(std::move(handler));
}

void Server::of(std::function<bool(std::string_view name, const json::value& auth)> matches,
                std::function<void(Namespace&)> on_created) {
    state_->hub.of(std::move(matches), std::move(on_created));
}

Result<void, RecoveryRefusal> Server::enable_recovery(RecoverySettings settings) {
    return state_->hub.enable_recovery(std::move(settings));
}

engineio::Engine& Server::engine() {
    return state_->engine;
}

void Server::on_tick(Instant now) {
    state_->hub.on_tick(now);
    state_->engine.on_tick(now);
}

void Server::shut_down(Instant now) {
    state_->hub.shut_down();
    state_->engine.shut_down(now);
}

const Counters& Server::counters() const {
    return state_->hub.counters();
}

}  // namespace holdfast::socketio
