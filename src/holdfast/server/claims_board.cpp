#include "holdfast/server/claims_board.hpp"

#include "holdfast/server/claims_format.hpp"
#include "holdfast/server/wire_format.hpp"

namespace holdfast::server {

void ClaimsBoard::put(const seats::Claims& claims) {
    claims_ = claims;
    changed_ = true;
    metrics_.set_gauge("seat_requests_waiting", "Requests for a seat that wait for the host",
                       static_cast<double>(claims.requests->open().size()));
    metrics_.set_gauge("bans", "Devices that are banned", static_cast<double>(claims.bans->size()));
    metrics_.set_gauge("reservations", "Seats kept for somebody, by name",
                       static_cast<double>(claims.reservations->size()));
}

Picture ClaimsBoard::picture() const {
    const auto object = wire::seat_claims(claims_, board_, clock_.unix_now());
    return {wire::packet("seat_claims", object), Picture::Kind::claims};
}

void ClaimsBoard::on_interval(Outbox& outbox, Instant now) {
    if (!changed_ || now - sent_ < limits::dashboard_interval) return;
    const auto current = picture();
    outbox.put(HostPictures{current, current});
    changed_ = false;
    sent_ = now;
}

}  // namespace holdfast::server
