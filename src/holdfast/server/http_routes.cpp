#include "holdfast/server/http_routes.hpp"

#include "holdfast/server/device_cookie.hpp"

namespace holdfast::server {

namespace {

net::HttpResponse text(unsigned status, std::string body, std::string type = "text/plain; charset=utf-8") {
    net::HttpResponse response;
    response.status = status;
    response.headers = {{"Content-Type", std::move(type)}, {"Cache-Control", "no-store"}};
    response.body = std::move(body);
    return response;
}

bool is_read(const net::HttpRequest& request) {
    return request.method == "GET" || request.method == "HEAD";
}

}  // namespace

HttpRoutes::HttpRoutes(const Pages& pages, HostAccess& hosts, Metrics& metrics, Readiness readiness,
                       std::function<void()> before_metrics, Random& secrets, const Clock& clock)
    : pages_(pages),
      hosts_(hosts),
      metrics_(metrics),
      readiness_(std::move(readiness)),
      before_metrics_(std::move(before_metrics)),
      secrets_(secrets),
      clock_(clock) {}

void HttpRoutes::on_http(const net::HttpRequest& request, std::shared_ptr<net::HttpResponder> responder) {
    if (answer_journal(request, responder)) return;
    responder->respond(answer(request));
}

bool HttpRoutes::answer_journal(const net::HttpRequest& request,
                                std::shared_ptr<net::HttpResponder>& responder) {
    if (journal_ == nullptr) return false;
    const auto question = read_journal_question(request);
    if (!question) return false;
    const auto refuse = [&](unsigned status, seats::Refusal code, std::string_view sentence) {
        auto response = text(status,
                             "{\"code\":" + journal::json_string(code_of(code)) +
                                 ",\"message\":" + journal::json_string(sentence) + "}\n",
                             "application/json; charset=utf-8");
        if (status == 405) response.headers.emplace_back("Allow", "GET, HEAD");
        responder->respond(std::move(response));
        return true;
    };
    // First of all: strangers learn nothing, not even what can be asked.
    if (!hosts_.is_cookie(request.cookie(HostAccess::cookie_name), clock_.unix_now())) {
        return refuse(401, seats::Refusal::not_host, sentence_of(seats::Refusal::not_host));
    }
    if (!is_read(request)) return refuse(405, seats::Refusal::bad_request, "Please use GET.");
    if (!*question) return refuse(400, seats::Refusal::bad_request, question->error());
    journal_->answer(**question, std::move(responder));
    return true;
}

net::HttpResponse HttpRoutes::answer(const net::HttpRequest& request) {
    if (request.body_too_large) return text(413, "That is more than this server takes.\n");
    if (request.path == "/healthz" && is_read(request)) return text(200, "alive\n");
    if (request.path == "/readyz" && is_read(request)) {
        const std::string reason = readiness_();
        return reason.empty() ? text(200, "ready\n") : text(503, reason + "\n");
    }
    if (request.path == "/metrics" && is_read(request)) {
        before_metrics_();
        return text(200, metrics_.text(), "text/plain; version=0.0.4; charset=utf-8");
    }
    if (request.path.starts_with("/api/")) {
        const bool log_in = request.path == "/api/host/login";
        if (!log_in && request.path != "/api/host/logout") return text(404, "There is no such thing here.\n");
        if (request.method != "POST") {
            auto response = text(405, "Please use POST.\n");
            response.headers.emplace_back("Allow", "POST");
            return response;
        }
        return log_in ? hosts_.log_in(request, clock_.now(), clock_.unix_now()) : hosts_.log_out(request);
    }
    return page(request);
}

net::HttpResponse HttpRoutes::page(const net::HttpRequest& request) {
    net::HttpResponse response = pages_.answer(request);
    const bool is_page = response.status == 200 && !response.headers.empty() &&
                         response.headers.front().second.starts_with("text/html");
    // A page tells devices apart from its first visit on.
    if (is_page) (void)device_cookie::read_or_set(request, response.headers, secrets_);
    return response;
}

}  // namespace holdfast::server
