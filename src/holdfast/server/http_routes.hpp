// Plain HTTP: pages, the host's log-in, health, figures. Safe to call from every net thread at once.
#pragma once

#include <functional>
#include <string>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/random.hpp"
#include "holdfast/net/http_route.hpp"
#include "holdfast/server/host_access.hpp"
#include "holdfast/server/journal_desk.hpp"
#include "holdfast/server/metrics.hpp"
#include "holdfast/server/pages.hpp"

namespace holdfast::server {

/// Whether the server can do its work; empty: it can, otherwise a sentence that says why not. Any thread.
using Readiness = std::function<std::string()>;

class HttpRoutes final : public net::HttpHandler {
  public:
    /// `before_metrics` is called before the figures are read, to bring those in that are counted elsewhere.
    /// References must outlive the routes; `secrets` must be usable from any thread.
    HttpRoutes(const Pages& pages, HostAccess& hosts, Metrics& metrics, Readiness readiness,
               std::function<void()> before_metrics, Random& secrets, const Clock& clock);

    /// From now on hosts may ask for the journal, which must outlive the last request. Before anybody serves.
    void tell_journal(JournalDesk& journal) { journal_ = &journal; }

    void on_http(const net::HttpRequest& request, std::shared_ptr<net::HttpResponder> responder) override;
    [[nodiscard]] net::HttpResponse answer(const net::HttpRequest& request);

  private:
    [[nodiscard]] net::HttpResponse page(const net::HttpRequest& request);
    /// Whether the request is for the journal: then it is answered, or will be.
    [[nodiscard]] bool answer_journal(const net::HttpRequest& request,
                                      std::shared_ptr<net::HttpResponder>& responder);

    const Pages& pages_;
    HostAccess& hosts_;
    Metrics& metrics_;
    Readiness readiness_;
    std::function<void()> before_metrics_;
    Random& secrets_;
    const Clock& clock_;
    JournalDesk* journal_ = nullptr;
};

}  // namespace holdfast::server
