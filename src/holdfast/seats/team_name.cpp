#include "holdfast/seats/team_name.hpp"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <optional>

#include "holdfast/base/limits.hpp"

namespace holdfast::seats {
namespace {

/// More than this cannot become a name by dropping white space unless somebody means mischief.
constexpr std::size_t sent_bytes_most = 1024;
constexpr UChar32 braille_blank = 0x2800;

std::optional<std::u16string> to_utf16(std::string_view utf8) {
    std::u16string text(utf8.size(), u'\0');
    int32_t length = 0;
    UErrorCode error = U_ZERO_ERROR;
    u_strFromUTF8(text.data(), static_cast<int32_t>(text.size()), &length, utf8.data(),
                  static_cast<int32_t>(utf8.size()), &error);
    if (U_FAILURE(error)) return std::nullopt;
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::optional<std::string> to_utf8(std::u16string_view utf16) {
    std::string text(utf16.size() * 3, '\0');
    int32_t length = 0;
    UErrorCode error = U_ZERO_ERROR;
    u_strToUTF8(text.data(), static_cast<int32_t>(text.size()), &length, utf16.data(),
                static_cast<int32_t>(utf16.size()), &error);
    if (U_FAILURE(error)) return std::nullopt;
    text.resize(static_cast<std::size_t>(length));
    return text;
}

using GetNormalizer = const UNormalizer2* (*)(UErrorCode*);

std::optional<std::u16string> normalised(std::u16string_view text, GetNormalizer get_normalizer) {
    UErrorCode error = U_ZERO_ERROR;
    const UNormalizer2* normalizer = get_normalizer(&error);
    if (U_FAILURE(error)) return std::nullopt;
    // No character becomes more than 18 UTF-16 units under any normalisation (UAX #15).
    std::u16string result(text.size() * 18 + 1, u'\0');
    const int32_t length = unorm2_normalize(normalizer, text.data(), static_cast<int32_t>(text.size()),
                                            result.data(), static_cast<int32_t>(result.size()), &error);
    if (U_FAILURE(error)) return std::nullopt;
    result.resize(static_cast<std::size_t>(length));
    return result;
}

bool can_be_seen(UChar32 character) {
    if (character == 0xFE0E || character == 0xFE0F) return true;
    if (character == braille_blank || U_IS_UNICODE_NONCHAR(character)) return false;
    if (u_hasBinaryProperty(character, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) return false;
    constexpr std::uint32_t invisible =
        U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CS_MASK | U_GC_CO_MASK | U_GC_ZL_MASK | U_GC_ZP_MASK;
    return ((1U << static_cast<unsigned>(u_charType(character))) & invisible) == 0;
}

/// Nothing when a character breaks the rule. `text` is well-formed UTF-16.
std::optional<std::u16string> with_single_spaces(std::u16string_view text) {
    std::u16string result;
    bool space_due = false;
    for (std::size_t index = 0; index < text.size();) {
        const std::size_t units = U16_IS_LEAD(text[index]) && index + 1 < text.size() ? 2 : 1;
        const auto character = units == 2 ? U16_GET_SUPPLEMENTARY(text[index], text[index + 1])
                                          : static_cast<UChar32>(text[index]);
        const auto encoded = text.substr(index, units);
        index += units;
        if (u_isUWhiteSpace(character)) {
            space_due = !result.empty();
            continue;
        }
        if (!can_be_seen(character)) return std::nullopt;
        if (space_due) result.push_back(u' ');
        space_due = false;
        result.append(encoded);
    }
    return result;
}

/// For names in ASCII, as most are: each character is itself under every normalisation, and its case folds as
/// anybody would think. Nothing when a character breaks the rule. `sent` is ASCII.
std::optional<TeamName> ascii_name(std::string_view sent) {
    TeamName name;
    bool space_due = false;
    for (const char character : sent) {
        if (character == ' ' || (character >= '\t' && character <= '\r')) {
            space_due = !name.shown.empty();
            continue;
        }
        if (character < ' ' || character == '\x7f') return std::nullopt;
        if (space_due) name.shown += ' ';
        space_due = false;
        name.shown += character;
    }
    name.key = name.shown;
    for (char& character : name.key) {
        if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
    }
    return name;
}

}  // namespace

Result<TeamName, Refusal> normalise_team_name(std::string_view sent) {
    const auto refused = failure(Refusal::bad_name);
    if (sent.size() > sent_bytes_most) return refused;
    const bool is_ascii =
        std::all_of(sent.begin(), sent.end(), [](char byte) { return static_cast<signed char>(byte) >= 0; });
    if (is_ascii) {
        auto name = ascii_name(sent);
        const bool fits = name && !name->shown.empty() &&
                          name->shown.size() <= limits::team_name_characters &&
                          name->shown.size() <= limits::team_name_bytes;
        if (!fits) return refused;
        return std::move(*name);
    }
    const auto text = to_utf16(sent);
    if (!text) return refused;
    const auto spaced = with_single_spaces(*text);
    if (!spaced) return refused;
    const auto composed = normalised(*spaced, &unorm2_getNFCInstance);
    if (!composed) return refused;
    const auto characters = u_countChar32(composed->data(), static_cast<int32_t>(composed->size()));
    if (characters < 1 || static_cast<std::size_t>(characters) > limits::team_name_characters) return refused;
    const auto folded = normalised(*composed, &unorm2_getNFKCCasefoldInstance);
    if (!folded || folded->empty()) return refused;
    auto shown = to_utf8(*composed);
    auto key = to_utf8(*folded);
    if (!shown || !key || shown->size() > limits::team_name_bytes) return refused;
    return TeamName{std::move(*shown), std::move(*key)};
}

}  // namespace holdfast::seats
