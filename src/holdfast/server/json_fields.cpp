#include "holdfast/server/json_fields.hpp"

#include <array>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <type_traits>

#include "holdfast/socketio/json_text.hpp"

namespace holdfast::server::wire {

namespace {

/// Most objects fit into this; one that does not grows.
constexpr std::size_t usual_bytes = 384;

void append_name(std::string& text, char before, std::string_view name) {
    const std::size_t size = text.size();
    text.resize(size + name.size() + 4);
    char* out = text.data() + size;
    *out++ = before;
    *out++ = '"';
    out += name.copy(out, name.size());
    *out++ = '"';
    *out = ':';
}

}  // namespace

void Fields::Value::append_to(std::string& text) const {
    std::visit(
        [&text](const auto& value) {
            using Kind = std::remove_cvref_t<decltype(value)>;
            if constexpr (std::is_same_v<Kind, JsonText>) {
                text += value.text;
            } else if constexpr (std::is_same_v<Kind, std::string_view>) {
                socketio::append_json_string(text, value);
            } else {
                std::array<char, 24> digits;
                text.append(digits.data(),
                            std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
            }
        },
        value_);
}

Fields::Fields(std::initializer_list<Field> fields) {
    text_.reserve(usual_bytes);
    char before = '{';
    for (const Field& field : fields) {
        append_name(text_, before, field.name);
        field.value.append_to(text_);
        before = ',';
    }
    text_ += fields.size() == 0 ? "{}" : "}";
}

Fields::Fields(const boost::json::object& object) : text_(boost::json::serialize(object)) {}

Fields& Fields::add(std::string_view name, const Value& value) {
    const bool is_first = text_.size() == 2;
    text_.pop_back();
    if (is_first) text_.pop_back();
    append_name(text_, is_first ? '{' : ',', name);
    value.append_to(text_);
    text_ += '}';
    return *this;
}

}  // namespace holdfast::server::wire
