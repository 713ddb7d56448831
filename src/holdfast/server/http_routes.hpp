// Plain HTTP: pages, the host's log-in, health, figures. Safe to call from every net thread at once.
#pragma once

#include <functional>
#include <string>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/random.hpp"
#include "holdfast/net/http_route.hpp"
#include "holdfast/server/host_access.hpp"
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

    void on_http(const net::HttpRequest& request, std::shared_ptr<net::HttpResponder> responder) override;
    [[nodiscard]] net::HttpResponse answer(const net::HttpRequest& request);

  private:
    [[nodiscard]] net::HttpResponse page(const net::HttpRequest& request);

    const Pages& pages_;
    HostAccess& hosts_;
    Metrics& metrics_;
    Readiness readiness_;
    std::function<void()> before_metrics_;
    Random& secrets_;
    const Clock& clock_;
};

}  // namespace holdfast::server
