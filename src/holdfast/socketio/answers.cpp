// Questions to many: the answers of this server's sockets, and of other servers.
#include <iterator>
#include <utility>

#include "holdfast/socketio/hub.hpp"
#include "holdfast/socketio/namespace_state.hpp"
#include "holdfast/socketio/sent_event.hpp"

namespace holdfast::socketio {

void AnswerCollector::expect(std::size_t reports) {
    expected_ = reports;
    finish_if_complete();
}

void AnswerCollector::add(BroadcastAnswers report) {
    if (!handler_) return;
    std::move(report.answers.begin(), report.answers.end(), std::back_inserter(answers_.answers));
    answers_.missing += report.missing;
    answers_.complete = answers_.complete && report.complete;
    ++reported_;
    finish_if_complete();
}

void AnswerCollector::lost() {
    add(BroadcastAnswers{{}, 0, false});
}

void AnswerCollector::give_up() {
    answers_.complete = false;
    finish();
}

void AnswerCollector::finish_if_complete() {
    if (expected_ && reported_ >= *expected_) finish();
}

void AnswerCollector::finish() {
    if (const auto handler = std::exchange(handler_, nullptr)) handler(std::move(answers_));
}

AnswerCollectorPointer NamespaceState::collector(Milliseconds timeout, AnswersHandler handler) {
    const auto timer = std::make_shared<TimerId>(0);
    auto answers = std::make_shared<AnswerCollector>(
        [self = NamespaceReference(this), timer, handler = std::move(handler)](BroadcastAnswers collected) {
            if (self->hub_ == nullptr) return;
            self->hub_->cancel_timer(*timer);
            self->hub_->guarded("answers", [&] { handler(std::move(collected)); });
        });
    *timer = hub_->add_timer(timeout + limits::answer_report_time, [weak = std::weak_ptr(answers)] {
        if (const auto still_there = weak.lock()) still_there->give_up();
    });
    return answers;
}

void NamespaceState::ask_sockets(const Audience& audience, std::string_view event, Payload payload,
                                 Milliseconds timeout, AnswersHandler handler) {
    if (hub_ == nullptr || is_reserved_event(event)) {
        handler({});
        return;
    }
    ++hub_->count().broadcasts;
    auto message = std::make_shared<const EventMessage>(EventMessage{std::string(event), std::move(payload)});
    if (adapter_ && !audience.local) {
        adapter_->ask(audience, std::move(message), timeout, collector(timeout, std::move(handler)));
    } else {
        ask_local(audience, *message, timeout, std::move(handler));
    }
}

void NamespaceState::ask_local(const Audience& audience, const EventMessage& event, Milliseconds timeout,
                               AnswersHandler report) {
    struct Question {
        BroadcastAnswers answers;
        AnswersHandler report;
        std::size_t open = 0;
        void settle_one() {
            if (--open == 0) std::exchange(report, nullptr)(std::move(answers));
        }
    };
    const auto question = std::make_shared<Question>();
    question->report = std::move(report);
    const auto asked = local_states(audience);
    question->open = asked.size() + 1;  // and this function, which is not done yet
    const std::uint64_t id = hub_->next_shared_ack_id();
    for (const auto& socket : asked) {
        socket->expect_ack(id, timeout, [question](Result<Payload, AckError> answer) {
            if (answer) {
                question->answers.answers.push_back(std::move(*answer));
            } else {
                ++question->answers.missing;
            }
            question->settle_one();
        });
    }
    std::string& text = hub_->empty_text();
    append_event_text(text, name_, id, event.name, event.payload.arguments, event.payload.attachments.size());
    const auto packet = std::make_shared<const engineio::OutgoingMessage>(text, event.payload.attachments);
    send_to_states(asked, packet);
    hub_->guarded("answers", [&] { question->settle_one(); });
}

void NamespaceState::send_to_states(const std::vector<std::shared_ptr<SocketState>>& sockets,
                                    const engineio::MessagePointer& packet) {
    std::vector<SocketState*> watched;
    hub_->send_to_many([&](const auto& send_to) {
        for (const auto& socket : sockets) {
            if (socket->connected() && send_to(socket->session(), packet, false) && socket->is_watched()) {
                watched.push_back(socket.get());
            }
        }
    });
    if (watched.empty()) return;
    if (const auto sent = read_sent_event(*packet)) {
        for (auto* const socket : watched)
            socket->tell_outgoing(sent->event);
    }
}

ListenerId NamespaceState::on_server_event(std::string event, ServerEventHandler handler) {
    return handlers_.add(handlers_.server_events[std::move(event)], std::move(handler));
}

void NamespaceState::server_side_emit(std::string_view event, Payload payload) {
    if (!adapter_) return;
    adapter_->server_emit(
        std::make_shared<const EventMessage>(EventMessage{std::string(event), std::move(payload)}));
}

void NamespaceState::server_side_emit_with_ack(std::string_view event, Payload payload, Milliseconds timeout,
                                               AnswersHandler handler) {
    if (!adapter_) {
        handler({});
        return;
    }
    adapter_->server_ask(
        std::make_shared<const EventMessage>(EventMessage{std::string(event), std::move(payload)}), timeout,
        collector(timeout, std::move(handler)));
}

void NamespaceState::take_server_event(const EventMessage& event, Milliseconds timeout, ServerReply reply) {
    const auto found = handlers_.server_events.find(event.name);
    if (found == handlers_.server_events.end() || found->second.empty()) {
        if (reply) reply(std::nullopt);
        return;
    }
    const auto listeners = found->second.snapshot();
    std::function<void(Payload)> answer = [](const Payload& /*payload*/) {};
    if (reply) {
        const auto kept = std::make_shared<ServerReply>(std::move(reply));
        answer = [kept](Payload payload) {
            if (const auto once = std::exchange(*kept, nullptr)) once(std::move(payload));
        };
        (void)hub_->add_timer(timeout, [kept] {
            if (const auto once = std::exchange(*kept, nullptr)) once(std::nullopt);
        });
    }
    ListenerList<ServerEventHandler>::each(listeners, [&](const auto& call) {
        ServerEvent copy{event.name, event.payload.arguments, event.payload.attachments, answer};
        hub_->guarded("server_event", [&] { call(copy); });
    });
}

}  // namespace holdfast::socketio
