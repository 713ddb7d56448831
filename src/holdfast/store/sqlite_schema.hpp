// The tables, and how an older file becomes one of today. Inside of the layer only.
#pragma once

#include <cstdint>

#include "holdfast/store/sqlite_connection.hpp"

namespace holdfast::store::sqlite {

/// Says that a SQLite file is Holdfast's ("Hold" as a 32-bit number), in the file's header.
inline constexpr std::int32_t application_id = 0x486f6c64;

/// The version that this program writes.
[[nodiscard]] int current_schema_version();

/// Refuses, with `incompatible`, a file of another program or of a newer version. Only reads.
[[nodiscard]] Done check_compatible(Connection& connection);

/// Brings the file to the current version, one transaction a step: a step is there wholly or not at all.
[[nodiscard]] Done migrate(Connection& connection);
/// The same up to a version. For tests, which make older files with it.
[[nodiscard]] Done migrate_up_to(Connection& connection, int version);

}  // namespace holdfast::store::sqlite
