#include "holdfast/net/response_writer.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <utility>

#include "holdfast/base/compression.hpp"
#include "holdfast/net/request_gate.hpp"

namespace holdfast::net {
namespace {

// Up to here a body is copied behind its head, so that both leave as one piece.
constexpr std::size_t small_body_bytes = 4096;

constexpr std::array<std::pair<unsigned, std::string_view>, 26> phrases{{
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {417, "Expectation Failed"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
}};

bool is_safe(std::string_view name, std::string_view value) {
    static constexpr std::string_view line_breakers("\r\n\0", 3);
    return !name.empty() && name.find_first_of(line_breakers) == std::string_view::npos &&
           name.find_first_of(" :\t") == std::string_view::npos &&
           value.find_first_of(line_breakers) == std::string_view::npos;
}

// These are set here and by nobody else.
bool is_framing(std::string_view name) {
    return equal_without_case(name, "content-length") || equal_without_case(name, "transfer-encoding") ||
           equal_without_case(name, "date");
}

std::string_view find_header(const engineio::HttpHeaders& headers, std::string_view wanted) {
    for (const auto& [name, value] : headers) {
        if (equal_without_case(name, wanted)) return value;
    }
    return {};
}

bool is_compressible(std::string_view content_type) {
    const auto type = content_type.substr(0, content_type.find(';'));
    return type.starts_with("text/") || type == "application/json" || type == "application/javascript" ||
           type == "image/svg+xml";
}

}  // namespace

std::string_view reason_phrase(unsigned status) {
    for (const auto& [code, phrase] : phrases) {
        if (code == status) return phrase;
    }
    return status < 400 ? "OK" : "Error";
}

std::string http_date(UnixTime time) {
    using namespace std::chrono;
    const sys_time<milliseconds> instant{milliseconds{time.milliseconds}};
    const auto day = floor<days>(instant);
    const year_month_day date{day};
    const hh_mm_ss clock{floor<seconds>(instant - day)};
    static constexpr std::array<const char*, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::array<char, 64> text{};
    const int size = std::snprintf(
        text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT", weekdays[weekday{day}.c_encoding()],
        static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
        static_cast<int>(date.year()), static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
    return {text.data(), static_cast<std::size_t>(size)};
}

bool accepts_gzip(std::string_view accept_encoding) {
    return engineio::accepts_coding(accept_encoding, "gzip");
}

ContentCoding choose_coding(std::string_view accept_encoding) {
    if (engineio::accepts_coding(accept_encoding, "gzip")) return ContentCoding::gzip;
    return engineio::accepts_coding(accept_encoding, "deflate") ? ContentCoding::deflate
                                                                : ContentCoding::identity;
}

EncodedResponse encode_response(engineio::HttpResponse response, const ResponseContext& context) {
    EncodedResponse encoded;
    const bool may_compress = !response.shared_body && context.coding != ContentCoding::identity &&
                              context.compress_from_bytes != 0 &&
                              response.body.size() >= context.compress_from_bytes &&
                              find_header(response.headers, "content-encoding").empty() &&
                              is_compressible(find_header(response.headers, "content-type"));
    if (may_compress) {
        if (auto smaller = compressed(
                response.body,
                context.coding == ContentCoding::gzip ? CompressedFormat::gzip : CompressedFormat::zlib,
                CompressionEffort::fast)) {
            response.body = std::move(*smaller);
            response.headers.emplace_back("Content-Encoding",
                                          context.coding == ContentCoding::gzip ? "gzip" : "deflate");
            response.headers.emplace_back("Vary", "Accept-Encoding");
        }
    }
    const std::string_view body =
        response.shared_body ? std::string_view(*response.shared_body) : response.body;
    const bool bodiless = response.status == 204 || response.status == 304 || response.status < 200;

    std::string& head = encoded.head;
    head.reserve(256 + (body.size() <= small_body_bytes ? body.size() : 0));
    head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
    head.append(reason_phrase(response.status)).append("\r\n");
    for (const auto& [name, value] : response.headers) {
        if (!is_safe(name, value) || is_framing(name)) continue;
        head.append(name).append(": ").append(value).append("\r\n");
    }
    if (response.status != 101) {
        head.append("Date: ").append(context.date).append("\r\n");
        if (!bodiless) head.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
        if (!context.keep_alive) {
            head.append("Connection: close\r\n");
        } else if (context.version < 11) {
            head.append("Connection: keep-alive\r\n");
        }
    }
    head.append("\r\n");
    if (bodiless || context.head_request || body.empty()) return encoded;
    if (body.size() <= small_body_bytes) {
        head.append(body);
    } else {
        encoded.body = response.shared_body ? std::move(response.shared_body)
                                            : std::make_shared<const std::string>(std::move(response.body));
    }
    return encoded;
}

}  // namespace holdfast::net
