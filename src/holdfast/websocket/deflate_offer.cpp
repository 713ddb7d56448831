// The negotiation of permessage-deflate: RFC 7692 section 7.1, in the grammar of RFC 6455 section 9.1.
#include <algorithm>
#include <charconv>

#include "holdfast/websocket/deflate.hpp"

namespace holdfast::websocket {
namespace {

bool is_token_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// Reads the header from left to right; `ok` turns false at the first thing that does not belong there.
class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    [[nodiscard]] bool at_end() {
        skip_space();
        return text_.empty();
    }
    [[nodiscard]] bool take(char c) {
        skip_space();
        if (text_.empty() || text_.front() != c) return false;
        text_.remove_prefix(1);
        return true;
    }
    [[nodiscard]] std::string_view token() {
        skip_space();
        const auto end = std::ranges::find_if_not(text_, is_token_character);
        const auto token = text_.substr(0, static_cast<std::size_t>(end - text_.begin()));
        text_.remove_prefix(token.size());
        if (token.empty()) ok = false;
        return token;
    }
    /// A token, or one in quotes (which must be a token when the quotes are taken off).
    [[nodiscard]] std::string_view value() {
        if (!take('"')) return token();
        const auto inside = token();
        if (!take('"')) ok = false;
        return inside;
    }

    bool ok = true;

  private:
    void skip_space() {
        const auto begin = text_.find_first_not_of(" \t");
        text_.remove_prefix(begin == std::string_view::npos ? text_.size() : begin);
    }
    std::string_view text_;
};

// One offer, as far as it is understood.
struct Offer {
    bool acceptable = true;
    bool server_no_takeover = false;
    bool client_no_takeover = false;
    std::optional<int> server_bits;
    bool client_bits = false;
};

std::optional<int> window_bits_in(std::string_view text) {
    int bits = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
    const bool whole = error == std::errc{} && end == text.data() + text.size() && text.front() != '0';
    if (!whole || bits < 8 || bits > window_bits_most) return std::nullopt;
    return bits;
}

void add_parameter(Offer& offer, std::string_view name, const std::optional<std::string_view>& value) {
    const auto once = [&offer](bool& flag, bool right) {
        if (flag || !right) offer.acceptable = false;
        flag = true;
    };
    if (name == "server_no_context_takeover") {
        once(offer.server_no_takeover, !value);
    } else if (name == "client_no_context_takeover") {
        once(offer.client_no_takeover, !value);
    } else if (name == "client_max_window_bits") {
        once(offer.client_bits, !value || window_bits_in(*value));
    } else if (name == "server_max_window_bits" && value && !offer.server_bits) {
        offer.server_bits = window_bits_in(*value);
        // A smaller window than zlib can keep to.
        if (!offer.server_bits || *offer.server_bits < window_bits_least) offer.acceptable = false;
    } else {
        offer.acceptable = false;
    }
}

}  // namespace

Result<std::optional<DeflateAgreement>, ExtensionsError> negotiate_deflate(std::string_view offers,
                                                                           int window_bits) {
    std::optional<DeflateAgreement> agreement;
    Reader reader(offers);
    while (!reader.at_end()) {
        if (reader.take(',')) continue;  // lists may have empty elements (RFC 9110 section 5.6.1)
        const auto extension = reader.token();
        Offer offer;
        while (reader.ok && reader.take(';')) {
            const auto name = reader.token();
            std::optional<std::string_view> value;
            if (reader.take('=')) value = reader.value();
            if (reader.ok) add_parameter(offer, name, value);
        }
        if (reader.ok && !reader.at_end() && !reader.take(',')) reader.ok = false;
        if (!reader.ok) return failure(ExtensionsError::malformed);
        if (agreement || extension != "permessage-deflate" || !offer.acceptable) continue;

        agreement.emplace();
        agreement->window_bits = std::min(window_bits, offer.server_bits.value_or(window_bits));
        // Both may be demanded without having been offered (RFC 7692 sections 7.1.1.1 and 7.1.1.2).
        agreement->response = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
        if (offer.server_bits) {
            agreement->response += "; server_max_window_bits=" + std::to_string(agreement->window_bits);
        }
    }
    return agreement;
}

}  // namespace holdfast::websocket
