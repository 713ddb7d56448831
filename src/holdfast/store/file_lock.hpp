// One process, one store: a lock on a small file beside the database.
#pragma once

#include <string>

#include "holdfast/base/result.hpp"

namespace holdfast::store {

/// Why the lock was not to be had.
struct LockRefusal {
    bool held_by_another = false;
    long holder = 0;       ///< its process id, 0 if unknown
    int system_error = 0;  ///< errno, when the lock file could not be made or locked
};

/// Held until it is destroyed, or the process ends in whatever way. The file itself stays: removing it would
/// let two processes hold two locks. (A lock on the database itself would not do: closing any second
/// descriptor of that file drops SQLite's own locks, see https://www.sqlite.org/howtocorrupt.html 2.2.)
class FileLock {
  public:
    /// Makes the file (mode 0600) if it is not there, locks it, and writes the process id into it.
    [[nodiscard]] static Result<FileLock, LockRefusal> take(const std::string& path);
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&&) = delete;
    ~FileLock();

  private:
    explicit FileLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace holdfast::store
