// The HTTP reader and its gate: the same verdict however the stream is cut, and whatever is accepted is valid
// by a strict reading of RFC 9112 that shares no code with either, body and end included, so that no two
// readers of the same bytes can see different requests.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/net/request_gate.hpp"
#include "holdfast/net/request_reader.hpp"
#include "input.hpp"
#include "require.hpp"
#include "targets.hpp"

namespace holdfast::fuzz {
namespace {

using net::ReadStatus;
using net::RequestReader;
using net::ServerSettings;
using Lines = std::vector<std::string>;

bool is_token(std::string_view text) {
    return !text.empty() && text.find_first_not_of(
                                "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "!#$%&'*+-.^_`|~") == std::string_view::npos;
}

// field-vchar and obs-text with space and tab between (RFC 9110 section 5.5).
bool is_field_value(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
    });
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return result;
}

struct StrictField {
    std::string name;
    std::string value;
};

struct StrictHead {
    std::string method;
    std::string target;
    bool http_1_1 = true;
    std::vector<StrictField> fields;
    bool chunked = false;
    std::size_t content_length = 0;
};

std::optional<std::string_view> take_line(std::string_view& text) {
    const auto end = text.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 2);
    return line;
}

// What is wrong with a field line of the head or of a trailer; nothing when it is right.
std::optional<std::string> take_field(std::string_view line, StrictField& field) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return "a field has a colon";
    if (!is_token(line.substr(0, colon))) return "a field's name is a token, with no space around it";
    auto value = line.substr(colon + 1);
    if (!is_field_value(value)) return "a field's value has no control characters";
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t'))
        value.remove_prefix(1);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t'))
        value.remove_suffix(1);
    field = {lower(line.substr(0, colon)), std::string(value)};
    return std::nullopt;
}

// Refuses what row 5 of the threats names, and whatever else the grammar has no place for.
StrictHead read_strictly(std::string_view head) {
    StrictHead result;
    const auto line = take_line(head);
    if (!line) fail("a head has a request line");
    const auto first = line->find(' ');
    const auto last = line->rfind(' ');
    require(first != std::string_view::npos && first != last, "a request line has three parts");
    result.method = line->substr(0, first);
    result.target = line->substr(first + 1, last - first - 1);
    const auto version = line->substr(last + 1);
    require(is_token(result.method), "a method is a token");
    // Beast takes bytes above 0x7F in a target, as browsers of old sent them; they mean nothing to us.
    require(!result.target.empty() && std::ranges::all_of(result.target,
                                                          [](char c) {
                                                              const auto byte = static_cast<unsigned char>(c);
                                                              return byte > 0x20 && byte != 0x7F;
                                                          }),
            "a target has no spaces and no control characters");
    require(version == "HTTP/1.1" || version == "HTTP/1.0", "the version is 1.0 or 1.1");
    result.http_1_1 = version == "HTTP/1.1";
    std::size_t hosts = 0;
    std::size_t lengths = 0;
    std::size_t encodings = 0;
    while (true) {
        const auto field_line = take_line(head);
        if (!field_line) fail("a head ends with an empty line");
        if (field_line->empty()) break;
        StrictField field;
        if (const auto wrong = take_field(*field_line, field)) fail(*wrong, *field_line);
        if (field.name == "host") ++hosts;
        if (field.name == "content-length") {
            ++lengths;
            require(!field.value.empty() && field.value.find_first_not_of("0123456789") == std::string::npos,
                    "a length is a number");
            result.content_length = std::stoull(field.value);
        }
        if (field.name == "transfer-encoding") {
            ++encodings;
            require(lower(field.value) == "chunked", "the only transfer encoding is chunked");
            result.chunked = true;
        }
        if (field.name == "expect")
            require(lower(field.value) == "100-continue", "only 100-continue is expected");
        result.fields.push_back(std::move(field));
    }
    require(head.empty(), "nothing follows the empty line");
    require(hosts == 1 || (!result.http_1_1 && hosts == 0), "there is one Host");
    require(lengths <= 1 && encodings <= 1 && lengths + encodings <= 1, "the body's length is said once");
    require(encodings == 0 || result.http_1_1, "HTTP/1.0 has no chunks");
    return result;
}

struct StrictBody {
    std::string data;
    std::size_t size = 0;  // in the stream
};

// The body by RFC 9112 section 7.1; ends the process when it is not there, for the reader said it was.
StrictBody read_chunks_strictly(const std::string_view stream) {
    auto rest = stream;
    StrictBody body;
    while (true) {
        const auto line = take_line(rest);
        if (!line) fail("a chunk has a line with its size");
        const auto digits = line->substr(0, line->find_first_not_of("0123456789abcdefABCDEF"));
        require(!digits.empty() && digits.size() <= 16, "a chunk's size is a hexadecimal number");
        const auto extension = line->substr(digits.size());
        require(is_field_value(extension), "a chunk's extension has no control characters");
        const auto begin = extension.find_first_not_of(" \t");
        require(begin == std::string_view::npos || extension[begin] == ';',
                "a chunk's extension starts with ;");
        const auto size = std::stoull(std::string(digits), nullptr, 16);
        if (size == 0) break;
        require(size <= rest.size() && rest.substr(size).starts_with("\r\n"), "a chunk ends where it says");
        body.data += rest.substr(0, size);
        rest.remove_prefix(size + 2);
    }
    while (true) {
        const auto line = take_line(rest);
        if (!line) fail("a trailer ends with an empty line");
        if (line->empty()) break;
        StrictField field;
        if (const auto wrong = take_field(*line, field)) fail("in a trailer, " + *wrong, *line);
    }
    body.size = stream.size() - rest.size();
    return body;
}

std::string line_of(const RequestReader& reader, const engineio::HttpRequest& request) {
    std::string line(request.method);
    line.append(" ").append(request.path).append("?").append(request.query);
    for (const auto& [name, value] : request.headers)
        line.append(" ").append(name).append("=").append(value);
    line.append(" [").append(request.body).append("]");
    if (request.body_too_large) line += " too large";
    if (reader.keep_alive()) line += " keep";
    if (reader.expects_continue()) line += " continue";
    return line;
}

void check_head(const RequestReader& reader, const ServerSettings& settings, StrictHead& strict) {
    const auto raw = reader.raw_head();
    require(raw.size() <= settings.header_bytes, "a head is within the limit");
    strict = read_strictly(raw);
    require(strict.fields.size() <= settings.header_fields, "the number of fields is within the limit");
    engineio::HttpRequest request;
    reader.describe(request);
    require(request.method == strict.method, "the method is the one that was sent");
    require(request.headers.size() == strict.fields.size(), "all fields are told");
    for (std::size_t i = 0; i < strict.fields.size(); ++i) {
        require(lower(request.headers[i].first) == strict.fields[i].name &&
                    request.headers[i].second == strict.fields[i].value,
                "a field is the one that was sent");
    }
    require(strict.target.find(request.path) != std::string::npos || request.path == "/",
            "the path is a part of the target");
    require(reader.has_body() == (strict.chunked || strict.content_length != 0),
            "a body is seen where one is");
}

/// Reads a stream in pieces: one line for each request, and for the failure that ends it.
Lines read(const ServerSettings& settings, std::string_view stream,
           const std::vector<std::string_view>& pieces) {
    Lines lines;
    auto reader = std::make_unique<RequestReader>(settings);
    StrictHead strict;
    std::size_t consumed = 0;
    std::size_t body_begin = 0;
    for (const auto view : pieces) {
        const std::vector<char> piece(view.begin(), view.end());
        std::string_view rest(piece.data(), piece.size());
        while (true) {
            const auto step = reader->feed(rest);
            require(step.consumed <= rest.size(), "no more is taken than was given");
            rest.remove_prefix(step.consumed);
            consumed += step.consumed;
            if (step.status == ReadStatus::need_more) {
                if (rest.empty()) break;
                require(step.consumed > 0, "what is not taken is not asked for again");
                continue;
            }
            if (step.status == ReadStatus::failed) {
                const auto status = reader->error_status();
                require(status == 400 || status == 417 || status == 431, "a refusal has a status");
                lines.push_back("failed " + std::to_string(status));
                return lines;
            }
            if (step.status == ReadStatus::head) {
                check_head(*reader, settings, strict);
                body_begin = consumed;
                continue;
            }
            engineio::HttpRequest request;
            reader->describe(request);
            lines.push_back(line_of(*reader, request));
            if (request.body_too_large) return lines;
            require(request.body.size() <= settings.body_bytes, "a body is within the limit");
            StrictBody body;
            if (strict.chunked) {
                body = read_chunks_strictly(stream.substr(body_begin));
            } else {
                body = {std::string(stream.substr(body_begin, strict.content_length)), strict.content_length};
            }
            require(body.data == request.body, "the body is the one that was sent");
            require(body.size == consumed - body_begin, "the next request begins where this one ends");
            reader = std::make_unique<RequestReader>(settings);
            if (rest.empty()) break;
        }
    }
    return lines;
}

}  // namespace

void http_requests(Input input) {
    Script script(input);
    const auto mode = script.byte();
    ServerSettings settings;
    settings.body_bytes = 1000;
    if ((mode & 1U) != 0) settings.header_bytes = 200;
    if ((mode & 2U) != 0) settings.header_fields = 5;
    if ((mode & 4U) != 0) settings.body_bytes = 10;
    Cuts cuts(script);
    const auto stream = script.rest();
    const auto whole = read(settings, stream, {stream});
    require_same(read(settings, stream, cuts.apply(stream)), whole, "cuts change nothing");
    if (stream.size() <= 1024)
        require_same(read(settings, stream, pieces_of(stream, 1)), whole,
                     "one byte at a time changes nothing");

    if (const auto parts = net::split_target(stream)) {
        require(parts->path.find('?') == std::string_view::npos, "a path has no question mark");
        require(parts->path.starts_with('/') || parts->path == "*", "a path starts with a slash");
        require((std::string(parts->path) + std::string(parts->query)).find('#') == std::string::npos ||
                    stream == "*",
                "a fragment is no part of path or query");
    }
}

}  // namespace holdfast::fuzz
