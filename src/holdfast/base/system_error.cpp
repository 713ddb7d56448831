#include "holdfast/base/system_error.hpp"

#include <array>
#include <cstring>

namespace holdfast {

std::string system_error_text(int error_number) {
    std::array<char, 256> buffer{};
    // The GNU form: the text may lie elsewhere than in the buffer.
    return strerror_r(error_number, buffer.data(), buffer.size());
}

}  // namespace holdfast
