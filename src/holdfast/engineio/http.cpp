#include "holdfast/engineio/http.hpp"

#include "holdfast/engineio/text.hpp"

namespace holdfast::engineio {

std::string_view HttpRequest::header(std::string_view name) const {
    for (const auto& [field, value] : headers) {
        if (equal_without_case(field, name)) return value;
    }
    return {};
}

std::optional<std::string> HttpRequest::parameter(std::string_view name) const {
    return query_parameter(query, name);
}

std::string_view HttpRequest::cookie(std::string_view name) const {
    for (const auto& [field, value] : headers) {
        if (!equal_without_case(field, "cookie")) continue;
        std::string_view rest = value;
        while (!rest.empty()) {
            const std::size_t end = rest.find(';');
            const std::string_view pair = trimmed(rest.substr(0, end));
            rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
            const std::size_t equals = pair.find('=');
            if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
            std::string_view found = pair.substr(equals + 1);
            if (found.size() >= 2 && found.front() == '"' && found.back() == '"') {
                found = found.substr(1, found.size() - 2);
            }
            return found;
        }
    }
    return {};
}

bool accepts_coding(std::string_view list, std::string_view wanted) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        const auto part = trimmed(list.substr(0, comma));
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
        if (!equal_without_case(trimmed(part.substr(0, part.find(';'))), wanted)) continue;
        const auto weight = part.find("q=");
        return weight == std::string_view::npos ||
               part.substr(weight + 2).find_first_of("123456789") != std::string_view::npos;
    }
    return false;
}

}  // namespace holdfast::engineio
