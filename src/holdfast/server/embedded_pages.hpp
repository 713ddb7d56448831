// The pages that were built into this program.
#pragma once

#include <span>

#include "holdfast/server/pages.hpp"

namespace holdfast::server {

[[nodiscard]] std::span<const EmbeddedFile> embedded_pages();

}  // namespace holdfast::server
