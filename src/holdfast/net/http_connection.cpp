#include "holdfast/net/http_connection.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "holdfast/net/net_thread.hpp"
#include "holdfast/net/request_gate.hpp"
#include "holdfast/net/response_writer.hpp"
#include "holdfast/net/websocket_session.hpp"
#include "holdfast/websocket/deflate.hpp"
#include "holdfast/websocket/handshake.hpp"

namespace holdfast::net {
namespace {

// Requests sent ahead are kept up to here; then the client has to wait.
constexpr std::size_t pending_bytes_most = 64 * 1024;
// A client that sends requests and does not read the answers gets no more answers from here on.
constexpr std::size_t unread_answer_bytes = 64 * 1024;

std::string_view explanation(unsigned status) {
    switch (status) {
        case 408:
            return "The request took too long to arrive.\n";
        case 413:
            return "That is too large for this server.\n";
        case 417:
            return "This server cannot meet that expectation.\n";
        case 426:
            return "This server speaks version 13 of WebSocket.\n";
        case 431:
            return "The header of the request is too large.\n";
        case 503:
            return "Many people are here at once. Please try again in a moment.\n";
        default:
            return "The request could not be understood.\n";
    }
}

/// The values of all headers of that name, joined as if they were one (RFC 9110 section 5.3).
std::string all_values(const HttpRequest& request, std::string_view wanted) {
    std::string all;
    for (const auto& [name, value] : request.headers) {
        if (!equal_without_case(name, wanted)) continue;
        if (!all.empty()) all += ", ";
        all += value;
    }
    return all;
}

}  // namespace

// Outlives the connection and even the server if somebody keeps it, and may be used on any thread; so it
// holds on to nothing and sends its answer through the door.
class HttpConnection::Responder final : public HttpResponder {
  public:
    Responder(NetThread& thread, std::weak_ptr<Connection> connection, HttpConnection* http,
              std::uint64_t number)
        : thread_(thread.weak_from_this()),
          connection_(std::move(connection)),
          http_(http),
          number_(number) {}

    ~Responder() override {
        if (done_.exchange(true)) return;
        if (const auto thread = thread_.lock()) {
            thread->post([connection = std::move(connection_), http = http_, number = number_] {
                if (const auto alive = connection.lock(); alive && !alive->closing())
                    http->on_dropped(number);
            });
        }
    }

    void respond(HttpResponse response) override {
        if (done_.exchange(true)) return;
        const auto thread = thread_.lock();
        if (!thread) return;
        if (thread->is_current()) {
            if (const auto alive = connection_.lock(); alive && !alive->closing()) {
                http_->on_response(number_, std::move(response));
            }
            return;
        }
        const auto shared = std::make_shared<HttpResponse>(std::move(response));
        thread->post([connection = connection_, http = http_, number = number_, shared] {
            if (const auto alive = connection.lock(); alive && !alive->closing()) {
                http->on_response(number, std::move(*shared));
            }
        });
    }

    /// The request ended without a need for an answer.
    void forget() { done_ = true; }

  private:
    std::weak_ptr<NetThread> thread_;
    std::weak_ptr<Connection> connection_;
    HttpConnection* http_;  // lives as long as the connection is open, unless it became a WebSocket
    std::uint64_t number_;
    std::atomic<bool> done_{false};
};

bool HttpConnection::busy() const {
    return (in_flight_ != nullptr && !reader_) || connection_.queued_bytes() > unread_answer_bytes;
}

void HttpConnection::on_bytes(std::span<char> bytes) {
    if (busy() || processing_) {
        keep(bytes);
    } else {
        process(bytes);
    }
}

void HttpConnection::keep(std::span<char> rest) {
    pending_.append(rest.data(), rest.size());
    if (pending_.size() > pending_bytes_most) connection_.pause_reading(true);
}

void HttpConnection::resume() {
    if (processing_ || busy() || connection_.closing() || pending_.empty()) return;
    std::string input = std::exchange(pending_, {});
    connection_.pause_reading(false);
    process({input.data(), input.size()});
}

void HttpConnection::process(std::span<char> input) {
    processing_ = true;
    while (!connection_.closing()) {
        if (!reader_) {
            if (input.empty()) {
                connection_.set_deadline(DeadlineKind::keep_alive);
                break;
            }
            reader_ = std::make_unique<RequestReader>(connection_.thread().settings());
            connection_.set_deadline(DeadlineKind::header);
        }
        const auto step = reader_->feed({input.data(), input.size()});
        input = input.subspan(step.consumed);
        if (step.status == ReadStatus::need_more) {
            if (!reader_->started()) {
                reader_.reset();  // only empty lines between two requests
                connection_.set_deadline(DeadlineKind::keep_alive);
            }
            break;
        }
        if (step.status == ReadStatus::failed) {
            const unsigned status = reader_->error_status();
            connection_.thread().count(Counter::requests_malformed);
            abandon_request();
            version_ = reader_->version();
            refuse(status);
            break;
        }
        if (step.status == ReadStatus::head) {
            connection_.set_deadline(DeadlineKind::body);
            if (!on_head(input)) break;
            continue;
        }
        if (!on_complete(input)) break;
        if (in_flight_ == nullptr) connection_.set_deadline(DeadlineKind::keep_alive);
        if (busy()) {
            keep(input);
            break;
        }
    }
    processing_ = false;
}

void HttpConnection::describe(HttpRequest& request) {
    reader_->describe(request);
    const auto& proxies = connection_.thread().shared().proxies;
    Address client = connection_.peer();
    client_secure_ = connection_.secure();
    if (!proxies.empty() && proxies.contains(client)) {
        client = proxies.client_behind(client, request.header("X-Forwarded-For"));
        client_secure_ = client_secure_ || equal_without_case(request.header("X-Forwarded-Proto"), "https");
    }
    client_address_ = client.to_string();
    request.remote_address = client_address_;
    request.secure = client_secure_;
}

// The head is there: does the request belong here, and may it go on?
bool HttpConnection::on_head(std::span<const char> rest) {
    NetThread& thread = connection_.thread();
    HttpRequest request;
    describe(request);
    version_ = reader_->version();
    keep_alive_ = reader_->keep_alive() && !thread.draining() && !reader_->body_too_large();
    head_request_ = request.method == "HEAD";
    coding_ = choose_coding(request.header("Accept-Encoding"));

    if (connection_.over_limit()) {
        if (!thread.application().is_let_in_over_limit(request)) {
            thread.count(Counter::turned_away);
            // Not all at the same time.
            const auto seconds = 5 + thread.counter(Counter::turned_away) % 11;
            refuse(503, {{"Retry-After", std::to_string(seconds)}});
            return false;
        }
        thread.count(Counter::let_in_over_limit);
        connection_.let_in();
    }

    const auto home = thread.application().home_thread(request);
    if (home && *home != thread.index() && *home < thread.shared().threads.size()) {
        std::string input(reader_->raw_head());
        input.append(rest.data(), rest.size());
        connection_.move_to(*home, std::move(input));
        return false;
    }

    announced_ = std::make_shared<Responder>(thread, connection_.weak_from_this(), this, ++request_number_);
    if (!reader_->has_body()) return true;
    if (auto refusal = thread.application().on_request_started(request, announced_.get(), thread.now())) {
        announced_->forget();
        announced_.reset();
        keep_alive_ = false;
        send_response(std::move(*refusal));
        return false;
    }
    in_flight_ = announced_.get();
    if (reader_->expects_continue() && !reader_->body_too_large() && rest.empty()) {
        connection_.send("HTTP/1.1 100 Continue\r\n\r\n");
    }
    return true;
}

bool HttpConnection::on_complete(std::span<char> rest) {
    NetThread& thread = connection_.thread();
    thread.count(Counter::requests);
    connection_.clear_deadline();
    // The request's views lead into the reader, which therefore lives until the application has seen it.
    const auto reader = std::exchange(reader_, nullptr);
    HttpRequest request;
    reader->describe(request);
    request.remote_address = client_address_;
    request.secure = client_secure_;
    if (request.body_too_large) {
        thread.count(Counter::requests_too_large);
        keep_alive_ = false;
    }
    if (!reader->has_body() && try_upgrade(request, rest)) return false;
    auto responder = std::exchange(announced_, nullptr);
    in_flight_ = responder.get();
    thread.application().on_request(request, std::move(responder), thread.now(), thread.unix_now());
    return !connection_.closing();
}

bool HttpConnection::try_upgrade(const HttpRequest& request, std::span<char> rest) {
    const auto checked = websocket::check_upgrade({.method = request.method,
                                                   .http_version = version_,
                                                   .upgrade = request.header("Upgrade"),
                                                   .connection = request.header("Connection"),
                                                   .key = request.header("Sec-WebSocket-Key"),
                                                   .version = request.header("Sec-WebSocket-Version")});
    using websocket::HandshakeError;
    if (!checked && checked.error() != HandshakeError::bad_key &&
        checked.error() != HandshakeError::bad_version) {
        return false;
    }
    announced_->forget();
    announced_.reset();
    if (!checked) {
        connection_.thread().count(Counter::requests_malformed);
        if (checked.error() == HandshakeError::bad_version) {
            refuse(426, {{"Sec-WebSocket-Version", "13"}, {"Upgrade", "websocket"}});
        } else {
            refuse(400);
        }
        return true;
    }
    NetThread& thread = connection_.thread();
    std::optional<websocket::DeflateAgreement> agreement;
    if (const auto& compression = thread.settings().websocket_compression; compression.enabled) {
        auto negotiated = websocket::negotiate_deflate(all_values(request, "Sec-WebSocket-Extensions"),
                                                       compression.window_bits);
        if (!negotiated) {
            thread.count(Counter::requests_malformed);
            refuse(400);
            return true;
        }
        agreement = std::move(*negotiated);
    }
    auto answer = thread.application().on_upgrade_request(request, thread.now(), thread.unix_now());
    if (auto* refusal = std::get_if<HttpResponse>(&answer)) {
        keep_alive_ = false;
        send_response(std::move(*refusal));
        return true;
    }
    auto& accepted = std::get<engineio::UpgradeAccepted>(answer);
    HttpResponse response;
    response.status = 101;
    response.headers = std::move(accepted.response_headers);
    response.headers.emplace_back("Upgrade", "websocket");
    response.headers.emplace_back("Connection", "Upgrade");
    response.headers.emplace_back("Sec-WebSocket-Accept", *checked);
    if (agreement) {
        response.headers.emplace_back("Sec-WebSocket-Extensions", agreement->response);
        thread.count(Counter::websockets_compressed);
    }
    connection_.send(encode_response(std::move(response), {}).head);
    thread.count(Counter::websockets_opened);

    auto session = std::make_unique<WebSocketSession>(connection_, accepted.websocket,
                                                      agreement ? agreement->window_bits : 0);
    WebSocketSession& opened = *session;
    connection_.become(std::move(session));
    thread.application().on_websocket_open(accepted.websocket, opened, thread.now());
    // Frames may have come along with the request.
    if (!rest.empty() && !connection_.closing()) opened.on_bytes(rest);
    return true;
}

void HttpConnection::on_response(std::uint64_t number, HttpResponse response) {
    if (number != request_number_ || in_flight_ == nullptr) return;
    in_flight_ = nullptr;
    send_response(std::move(response));
    if (!processing_ && !connection_.closing()) {
        connection_.set_deadline(DeadlineKind::keep_alive);
        resume();
    }
}

void HttpConnection::on_dropped(std::uint64_t number) {
    if (number != request_number_ || in_flight_ == nullptr) return;
    in_flight_ = nullptr;
    connection_.close_after_flush();
}

void HttpConnection::send_response(HttpResponse response) {
    if (response.close_connection || connection_.thread().draining()) keep_alive_ = false;
    const ResponseContext context{.version = version_,
                                  .keep_alive = keep_alive_,
                                  .head_request = head_request_,
                                  .coding = coding_,
                                  .compress_from_bytes = connection_.thread().settings().compress_from_bytes,
                                  .date = connection_.thread().date()};
    auto encoded = encode_response(std::move(response), context);
    connection_.send(std::move(encoded.head));
    if (encoded.body) {
        const char* const data = encoded.body->data();
        const std::size_t size = encoded.body->size();
        connection_.send(Output{std::move(encoded.body), data, size});
    }
    if (!keep_alive_) connection_.close_after_flush();
}

void HttpConnection::refuse(unsigned status, HttpHeaders headers) {
    keep_alive_ = false;
    HttpResponse response;
    response.status = status;
    response.headers = std::move(headers);
    response.headers.emplace_back("Content-Type", "text/plain; charset=UTF-8");
    response.body = explanation(status);
    send_response(std::move(response));
}

void HttpConnection::abandon_request() {
    if (announced_) announced_->forget();
    announced_.reset();
    if (in_flight_ == nullptr) return;
    const HttpResponder* const responder = std::exchange(in_flight_, nullptr);
    connection_.thread().application().on_request_aborted(responder, connection_.thread().now());
}

void HttpConnection::on_flushed() {
    resume();
}

void HttpConnection::on_lost(bool /*error*/) {
    abandon_request();
}

void HttpConnection::on_deadline(DeadlineKind kind) {
    if (connection_.queued_bytes() != 0 && kind == DeadlineKind::keep_alive) {
        connection_.drop(true);  // it has not read anything all this time
        return;
    }
    if (kind == DeadlineKind::keep_alive || !reader_ || !reader_->started()) {
        connection_.close_after_flush();
        return;
    }
    connection_.thread().count(Counter::requests_timed_out);
    abandon_request();
    refuse(408);
}

void HttpConnection::on_drain() {
    keep_alive_ = false;
    if (in_flight_ == nullptr && !reader_) connection_.close_after_flush();
}

}  // namespace holdfast::net
