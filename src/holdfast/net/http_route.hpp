// The seam for plain HTTP: pages, the admin API, metrics, health. What a request and an answer look like is
// in engineio/http.hpp.
#pragma once

#include <memory>

#include "holdfast/engineio/http.hpp"

namespace holdfast::net {

using engineio::HttpHeaders;
using engineio::HttpRequest;
using engineio::HttpResponder;
using engineio::HttpResponse;

/// Answers the requests that are not for the Engine.IO path. There is one per net thread, or one for all if
/// it is safe to call from several threads at once.
class HttpHandler {
  public:
    virtual ~HttpHandler() = default;

    /// Called on the net thread of the connection. The request's views live only during the call. Answer with
    /// `responder->respond(…)` now or later, from any thread, once; further answers are ignored. Dropping the
    /// last reference to `responder` without an answer closes the connection. HEAD comes as "HEAD"; a body in
    /// the answer is then measured but not sent.
    virtual void on_http(const HttpRequest& request, std::shared_ptr<HttpResponder> responder) = 0;
};

}  // namespace holdfast::net
