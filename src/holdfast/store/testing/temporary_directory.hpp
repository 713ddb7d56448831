// A folder of its own for a test, removed with all that is in it.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace holdfast::store::testing {

class TemporaryDirectory {
  public:
    enum class On : std::uint8_t {
        disk,
        memory,  ///< where the system has it: for tests that bring a disk of their own
    };

    explicit TemporaryDirectory(On where = On::disk) {
        const std::filesystem::path memory = "/dev/shm";
        const bool in_memory = where == On::memory && access(memory.c_str(), W_OK) == 0;
        const auto parent = in_memory ? memory : std::filesystem::temp_directory_path();
        std::string pattern = (parent / "holdfast-test-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = pattern;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

}  // namespace holdfast::store::testing
