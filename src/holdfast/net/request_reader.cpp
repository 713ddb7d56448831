#include "holdfast/net/request_reader.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <functional>
#include <string>
#include <vector>

#include "holdfast/net/request_gate.hpp"

namespace holdfast::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;

// One chunk's extensions, and everything that a chunked body may hold beside its data at one time (a chunk
// header, the trailer).
constexpr std::size_t chunk_extension_bytes = 256;
constexpr std::size_t chunk_overhead_bytes = 8 * 1024;

// A piece of the head, by position: the head may move from the read buffer to memory of its own.
struct Slice {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
};

struct FieldSlices {
    Slice name;
    Slice value;
};

bool is_token_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

/// What a field's value or a quoted string may hold (RFC 9110 section 5.5): no control characters but tab.
bool is_text(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
}

// Collects what Beast's parser finds. Fields after the head are trailers, which are counted and dropped.
class Collector final : public http::basic_parser<true> {
  public:
    Slice method;
    Slice target;
    unsigned version = 11;
    std::vector<FieldSlices> fields;
    std::size_t field_count = 0;
    std::size_t fields_most = 0;
    bool too_many_fields = false;
    bool head_done = false;
    std::string_view head;
    std::string_view chunks;  // what is being parsed after the head

    std::string body;
    std::size_t body_bytes_most = 0;
    bool body_too_large = false;

  private:
    [[nodiscard]] Slice slice_of(boost::beast::string_view text) const {
        return {static_cast<std::uint32_t>(text.data() - head.data()),
                static_cast<std::uint32_t>(text.size())};
    }
    [[nodiscard]] bool is_inside(boost::beast::string_view text) const {
        const std::string_view source = head_done ? chunks : head;
        const std::less<> before;
        return !before(text.data(), source.data()) &&
               !before(source.data() + source.size(), text.data() + text.size());
    }
    /// Whether a trailer's field stands on one line. Beast unfolds, and where the first of the lines is empty
    /// the value lies in the source all the same.
    [[nodiscard]] bool is_one_line(boost::beast::string_view name, boost::beast::string_view value) const {
        if (!is_inside(name)) return false;
        const auto begin = static_cast<std::size_t>(name.data() - chunks.data());
        const auto end = chunks.find("\r\n", begin);
        if (end == std::string_view::npos || end + 2 >= chunks.size()) return false;
        const std::less_equal<> not_after;
        const bool holds_value = value.empty() || not_after(value.data() + value.size(), chunks.data() + end);
        return holds_value && chunks[end + 2] != ' ' && chunks[end + 2] != '\t';
    }
    void on_request_impl(http::verb, boost::beast::string_view method_text,
                         boost::beast::string_view target_text, int version_number, error_code&) override {
        method = slice_of(method_text);
        target = slice_of(target_text);
        version = static_cast<unsigned>(version_number);
    }
    void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}
    void on_field_impl(http::field, boost::beast::string_view name, boost::beast::string_view value,
                       error_code& error) override {
        if (++field_count > fields_most) {
            too_many_fields = true;
            error = http::error::header_limit;
            return;
        }
        // An empty value may have no address of its own; one that was unfolded lies elsewhere.
        if (!value.empty() && !is_inside(value)) {
            error = http::error::bad_value;
            return;
        }
        if (head_done) {
            if (!is_one_line(name, value)) error = http::error::bad_value;
            return;
        }
        fields.push_back({slice_of(name), value.empty() ? Slice{} : slice_of(value)});
    }
    void on_header_impl(error_code&) override { head_done = true; }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(boost::beast::string_view text, error_code&) override { return text.size(); }
    void on_chunk_header_impl(std::uint64_t size, boost::beast::string_view extensions,
                              error_code& error) override {
        // Within quotes Beast takes any byte. Whoever takes a bare LF for the line's end would see other
        // chunks.
        if (extensions.size() > chunk_extension_bytes || !std::ranges::all_of(extensions, is_text)) {
            error = http::error::bad_chunk_extension;
        } else if (size > body_bytes_most - body.size()) {
            body_too_large = true;
            error = http::error::body_limit;
        }
    }
    std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view text, error_code&) override {
        body.append(text.data(), text.size());
        return text.size();
    }
    void on_finish_impl(error_code&) override {}
};

}  // namespace

struct RequestReader::State {
    explicit State(const ServerSettings& server_settings) : settings(server_settings) {}

    const ServerSettings& settings;
    Collector parser;
    std::string held_head;     // only while the head is cut off, or kept for a body to come
    std::string held_chunked;  // a chunk header that is cut off
    std::string_view head;     // in held_head or in the bytes last fed
    std::string_view body;
    Framing framing;
    TargetParts target;
    unsigned error_status = 0;
    bool started = false;
    bool complete = false;
    bool keep_alive = false;
    bool body_too_large = false;

    [[nodiscard]] std::string_view at(Slice slice) const { return head.substr(slice.begin, slice.size); }

    ReadStep fail(unsigned status) {
        error_status = status;
        return {ReadStatus::failed, 0};
    }

    ReadStep finish(std::size_t consumed) {
        complete = true;
        return {ReadStatus::complete, consumed};
    }

    ReadStep feed_head(std::string_view bytes) {
        std::size_t skipped = 0;
        if (held_head.empty()) {
            // Some clients send an empty line after a body (RFC 9112 section 2.2).
            while (bytes.starts_with("\r\n")) {
                bytes.remove_prefix(2);
                skipped += 2;
            }
            if (!bytes.empty() && bytes != "\r") {
                started = true;
                if (!is_token_character(bytes.front())) return fail(400);
            }
        }
        if (held_head.empty()) {
            const auto end = bytes.find("\r\n\r\n");
            if (end != std::string_view::npos) {
                if (end + 4 > settings.header_bytes) return fail(431);
                head = bytes.substr(0, end + 4);
                return parse_head(skipped + end + 4);
            }
            if (bytes.size() >= settings.header_bytes) return fail(431);
            held_head.assign(bytes);
            return {ReadStatus::need_more, skipped + bytes.size()};
        }
        const std::size_t before = held_head.size();
        const std::size_t search_from = before < 3 ? 0 : before - 3;
        held_head.append(bytes.substr(0, settings.header_bytes - before));
        if (held_head.front() == '\r' && held_head.size() > 1) {
            // The empty line of above, cut in two.
            if (held_head[1] != '\n') return fail(400);
            held_head.clear();
            return {ReadStatus::need_more, 1};
        }
        const auto end = held_head.find("\r\n\r\n", search_from);
        if (end == std::string::npos) {
            if (held_head.size() >= settings.header_bytes) return fail(431);
            return {ReadStatus::need_more, bytes.size()};
        }
        held_head.resize(end + 4);
        head = held_head;
        return parse_head(end + 4 - before);
    }

    ReadStep parse_head(std::size_t consumed) {
        if (const auto status = check_raw_head(head); status != 0) return fail(status);
        parser.head = head;
        parser.fields_most = settings.header_fields;
        parser.body_bytes_most = settings.body_bytes;
        parser.header_limit(static_cast<std::uint32_t>(head.size() + 1));
        parser.body_limit(boost::none);
        parser.eager(false);
        parser.fields.reserve(16);
        error_code error;
        std::size_t used = 0;
        while (!error && !parser.head_done && used < head.size()) {
            used += parser.put(boost::asio::buffer(head.data() + used, head.size() - used), error);
        }
        if (parser.too_many_fields) return fail(431);
        if (error || !parser.head_done || used != head.size()) return fail(400);

        std::vector<FieldView> views;
        views.reserve(parser.fields.size());
        for (const auto& field : parser.fields)
            views.push_back({at(field.name), at(field.value)});
        const auto checked = check_head(parser.version, views);
        if (!checked) return fail(checked.error());
        const auto parts = split_target(at(parser.target));
        if (!parts) return fail(400);
        target = *parts;
        framing = *checked;
        keep_alive = parser.keep_alive();
        if (framing.content_length > settings.body_bytes) body_too_large = true;
        return {ReadStatus::head, consumed};
    }

    // The bytes that hold the head go away: keep a copy.
    void keep_head() {
        if (head.data() == held_head.data()) return;
        const auto offset = [this](std::string_view part) {
            return static_cast<std::size_t>(part.data() - head.data());
        };
        const bool path_inside =
            target.path.data() >= head.data() && target.path.data() < head.data() + head.size();
        const std::size_t path_at = path_inside ? offset(target.path) : 0;
        const std::size_t query_at = target.query.empty() ? 0 : offset(target.query);
        held_head.assign(head);
        head = held_head;
        if (path_inside) target.path = head.substr(path_at, target.path.size());
        if (!target.query.empty()) target.query = head.substr(query_at, target.query.size());
    }

    ReadStep feed_body(std::string_view bytes) {
        if (body_too_large) return finish(0);
        if (framing.chunked) return feed_chunked(bytes);
        const std::size_t have = parser.body.size();
        const auto length = static_cast<std::size_t>(framing.content_length);
        if (have == 0 && bytes.size() >= length) {
            body = bytes.substr(0, length);
            return finish(length);
        }
        const auto piece = bytes.substr(0, length - have);
        if (have + piece.size() > parser.body.capacity()) {
            // Grows with what arrives, never beyond what was announced.
            parser.body.reserve(std::min(length, std::max(have + piece.size(), 2 * have)));
        }
        parser.body.append(piece);
        if (parser.body.size() == length) {
            body = parser.body;
            return finish(piece.size());
        }
        keep_head();
        return {ReadStatus::need_more, piece.size()};
    }

    ReadStep feed_chunked(std::string_view bytes) {
        const std::size_t held_before = held_chunked.size();
        std::string_view input = bytes;
        if (held_before != 0) {
            held_chunked.append(bytes);
            input = held_chunked;
        }
        std::size_t used = 0;
        // A body of no chunks ends with "0 CR LF CR LF". A part of that waits for the rest: Beast 1.81
        // asserts five bytes when it is called again in the middle of it.
        const auto is_part_of_end = [&] { return input.size() - used < 5 && input[used] == '0'; };
        while (used < input.size() && !parser.is_done() && !is_part_of_end()) {
            error_code error;
            parser.chunks = input.substr(used);
            used += parser.put(boost::asio::buffer(parser.chunks.data(), parser.chunks.size()), error);
            if (error == http::error::need_more) break;
            if (parser.body_too_large) {
                body_too_large = true;
                return finish(bytes.size());
            }
            if (error) return fail(400);
        }
        if (parser.is_done()) {
            body = parser.body;
            return finish(used - held_before);
        }
        const auto rest = input.substr(used);
        if (rest.size() > chunk_overhead_bytes) return fail(400);
        std::string kept(rest);
        held_chunked = std::move(kept);
        keep_head();
        return {ReadStatus::need_more, bytes.size()};
    }
};

RequestReader::RequestReader(const ServerSettings& settings) : state_(std::make_unique<State>(settings)) {}
RequestReader::~RequestReader() = default;

ReadStep RequestReader::feed(std::string_view bytes) {
    if (state_->error_status != 0) return {ReadStatus::failed, 0};
    if (state_->complete) return {ReadStatus::complete, 0};
    return state_->parser.head_done ? state_->feed_body(bytes) : state_->feed_head(bytes);
}

void RequestReader::describe(engineio::HttpRequest& request) const {
    const State& state = *state_;
    request.method = state.at(state.parser.method);
    request.path = state.target.path;
    request.query = state.target.query;
    request.headers.clear();
    request.headers.reserve(state.parser.fields.size());
    for (const auto& field : state.parser.fields) {
        request.headers.emplace_back(state.at(field.name), state.at(field.value));
    }
    request.body = state.body_too_large ? std::string_view{} : state.body;
    request.body_too_large = state.body_too_large;
}

bool RequestReader::started() const {
    return state_->started;
}
bool RequestReader::head_done() const {
    return state_->parser.head_done && state_->error_status == 0;
}
unsigned RequestReader::error_status() const {
    return state_->error_status;
}
unsigned RequestReader::version() const {
    return state_->parser.version;
}
bool RequestReader::keep_alive() const {
    return state_->keep_alive;
}
bool RequestReader::expects_continue() const {
    return state_->framing.expects_continue;
}
bool RequestReader::has_body() const {
    return state_->framing.chunked || state_->framing.content_length != 0;
}
bool RequestReader::body_too_large() const {
    return state_->body_too_large;
}
std::string_view RequestReader::raw_head() const {
    return state_->head;
}

}  // namespace holdfast::net
