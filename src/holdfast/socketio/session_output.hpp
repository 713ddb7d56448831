// What the Socket.IO server needs of the Engine below it. The Server passes the Engine; tests pass a
// recorder. Internal to this layer; one thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "holdfast/engineio/engine.hpp"

namespace holdfast::socketio {

/// Every call may report the end of a session (SessionListener::on_close) before it returns.
class SessionOutput {
  public:
    virtual ~SessionOutput() = default;
    /// A session that is gone answers `dropped`.
    virtual engineio::SendVerdict send(engineio::SessionId session, const engineio::MessagePointer& message,
                                       bool is_volatile) = 0;
    /// The same for the text of a packet without attachments that goes to nobody else.
    virtual engineio::SendVerdict send_text(engineio::SessionId session, std::string_view text,
                                            bool is_volatile) {
        return send(session, std::make_shared<const engineio::OutgoingMessage>(text), is_volatile);
    }
    /// What is queued goes out first.
    virtual void close(engineio::SessionId session, engineio::CloseReason reason) = 0;
    /// Calls `function`; what it sends leaves together where the transport can do that.
    virtual void together(const std::function<void()>& function) = 0;
    [[nodiscard]] virtual std::optional<engineio::TransportKind> transport(
        engineio::SessionId session) const = 0;
};

}  // namespace holdfast::socketio
