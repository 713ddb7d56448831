#include "holdfast/server/host_access.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "holdfast/base/crypto.hpp"

namespace holdfast::server {

namespace {

constexpr std::int64_t cookie_life_seconds = 30 * 24 * 3600;

engineio::HttpResponse answer(unsigned status, std::string_view code, std::string_view message) {
    engineio::HttpResponse response;
    response.status = status;
    response.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
    response.body = boost::json::serialize(boost::json::object{{"code", code}, {"message", message}});
    return response;
}

std::string cookie_header(std::string_view value, std::int64_t max_age_seconds, bool secure) {
    std::string header = std::string(HostAccess::cookie_name) + "=" + std::string(value) +
                         "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(max_age_seconds);
    if (secure) header += "; Secure";
    return header;
}

/// A page of another site may not log the host in or out. Browsers say where a request comes from, and a page
/// cannot make them lie: Sec-Fetch-Site in today's ones (W3C Fetch Metadata), which also holds behind a proxy
/// that changes Host, and Origin in older ones. What is no browser sends neither.
bool same_origin(const engineio::HttpRequest& request) {
    const auto site = request.header("sec-fetch-site");
    if (!site.empty()) return site == "same-origin" || site == "none";
    const auto origin = request.header("origin");
    if (origin.empty()) return true;
    const auto scheme_end = origin.find("://");
    return scheme_end != std::string_view::npos && origin.substr(scheme_end + 3) == request.header("host");
}

std::string signature(std::string_view key, std::string_view text) {
    return base64url_encode(bytes_of(hmac_sha256(key, text)));
}

}  // namespace

void AddressCounter::forget_old(Times& times, Instant now) const {
    while (!times.empty() && now - times.front() > std::chrono::minutes(1))
        times.pop_front();
}

bool AddressCounter::over(std::string_view address, Instant now) {
    const auto found = times_.find(std::string(address));
    if (found == times_.end()) return false;
    forget_old(found->second, now);
    return found->second.size() >= most_per_minute_;
}

void AddressCounter::count(std::string_view address, Instant now) {
    const auto [entry, is_new] = times_.try_emplace(std::string(address));
    if (is_new) {
        order_.emplace_back(address);
        if (order_.size() > limits::remembered_addresses) {
            times_.erase(order_.front());
            order_.pop_front();
        }
    }
    forget_old(entry->second, now);
    if (entry->second.size() < most_per_minute_) entry->second.push_back(now);
}

Milliseconds AddressCounter::wait(std::string_view address, Instant now) const {
    const auto found = times_.find(std::string(address));
    if (found == times_.end() || found->second.empty()) return Milliseconds{0};
    const auto over_until = found->second.front() + std::chrono::minutes(1);
    return std::max(Milliseconds{0}, std::chrono::ceil<Milliseconds>(over_until - now));
}

HostAccess::HostAccess(HostKeys keys, const std::vector<std::string>& signing_secrets) {
    use(std::move(keys), signing_secrets);
}

void HostAccess::use(HostKeys keys, const std::vector<std::string>& signing_secrets) {
    const std::lock_guard lock(mutex_);
    keys_ = std::move(keys);
    known_keys_.clear();
    for (const std::string* key : {&keys_.given, &keys_.of_this_run}) {
        if (!key->empty()) known_keys_.push_back(sha256(*key));
    }
    signing_keys_.clear();
    // The lasting key is part of the signature, so that a new one ends the old log-ins.
    const std::string& lasting = keys_.given.empty() ? keys_.lasting_hash : keys_.given;
    for (const std::string& secret : signing_secrets) {
        signing_keys_.emplace_back(bytes_of(hmac_sha256(secret, "holdfast host cookie " + lasting)));
    }
}

HostAccess::Verdict HostAccess::judge(std::string_view key, std::string_view address, Instant now) {
    if (wrong_keys_.over(address, now)) return Verdict::too_many;
    const Digest digest = sha256(key);
    bool known = false;
    for (const Digest& right : known_keys_)
        known |= equal_in_constant_time(bytes_of(digest), bytes_of(right));
    if (known) return Verdict::right;
    if (!keys_.lasting_hash.empty()) {
        if (checks_.over({}, now)) return Verdict::too_many;
        checks_.count({}, now);
        if (host_key_matches(key, keys_.lasting_hash)) {
            known_keys_.push_back(digest);
            return Verdict::right;
        }
    }
    wrong_keys_.count(address, now);
    return Verdict::wrong;
}

std::string HostAccess::make_cookie(UnixTime now) const {
    const std::lock_guard lock(mutex_);
    const std::string until = std::to_string(now.seconds() + cookie_life_seconds);
    return until + "." + signature(signing_keys_.front(), until);
}

bool HostAccess::is_cookie(std::string_view value, UnixTime now) const {
    const auto dot = value.find('.');
    if (dot == std::string_view::npos) return false;
    const std::string_view until_text = value.substr(0, dot);
    {
        const std::lock_guard lock(mutex_);
        if (std::none_of(signing_keys_.begin(), signing_keys_.end(), [&](const std::string& key) {
                return equal_in_constant_time(value.substr(dot + 1), signature(key, until_text));
            })) {
            return false;
        }
    }
    std::int64_t until = 0;
    const auto [end, error] =
        std::from_chars(until_text.data(), until_text.data() + until_text.size(), until);
    return error == std::errc{} && end == until_text.data() + until_text.size() && now.seconds() < until;
}

engineio::HttpResponse HostAccess::log_in(const engineio::HttpRequest& request, Instant now,
                                          UnixTime unix_now) {
    if (!same_origin(request)) return answer(403, "bad_request", "Please log in on the server's own page.");
    const auto too_many = [] {
        return answer(429, "rate_limited", "Too many wrong keys. Please wait a minute and try again.");
    };
    {
        const std::lock_guard lock(mutex_);
        if (wrong_keys_.over(request.remote_address, now)) return too_many();
    }
    boost::system::error_code error;
    const auto body = boost::json::parse({request.body.data(), request.body.size()}, error);
    const auto* object = error ? nullptr : body.if_object();
    const auto* key = object != nullptr ? object->if_contains("key") : nullptr;
    if (key == nullptr || !key->is_string()) {
        return answer(400, "bad_request", "Please send {\"key\": \"the host key\"} as JSON.");
    }
    const auto verdict = [&] {
        const std::lock_guard lock(mutex_);
        return judge(std::string_view(key->get_string()), request.remote_address, now);
    }();
    if (verdict == Verdict::too_many) return too_many();
    if (verdict == Verdict::wrong) {
        return answer(401, "not_host",
                      "That is not the host key. The server shows a link with one when it starts.");
    }
    engineio::HttpResponse response;
    response.status = 204;
    response.headers = {
        {"Set-Cookie", cookie_header(make_cookie(unix_now), cookie_life_seconds, request.secure)},
        {"Cache-Control", "no-store"}};
    return response;
}

engineio::HttpResponse HostAccess::log_out(const engineio::HttpRequest& request) const {
    if (!same_origin(request)) return answer(403, "bad_request", "Please log out on the server's own page.");
    engineio::HttpResponse response;
    response.status = 204;
    response.headers = {{"Set-Cookie", cookie_header("", 0, request.secure)}, {"Cache-Control", "no-store"}};
    return response;
}

bool HostAccess::admits(std::string_view key, std::string_view address, Instant now) {
    const std::lock_guard lock(mutex_);
    return judge(key, address, now) == Verdict::right;
}

}  // namespace holdfast::server
