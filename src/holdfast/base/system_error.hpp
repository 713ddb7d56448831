// The system's own words for an error number. Pure; any thread (std::strerror promises no such thing).
#pragma once

#include <string>

namespace holdfast {

/// What `error_number` (a value of errno) means, as the C library says it: "No such file or directory".
[[nodiscard]] std::string system_error_text(int error_number);

}  // namespace holdfast
