// A server that this program starts, and stops again.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace holdfast::bench {

/// A process of ours. It ends with this program, however that ends. One thread.
class Child {
  public:
    Child() = default;
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// Runs a shell command with nothing to read and its output thrown away, with these settings added to the
    /// environment ("NAME=value", or empty); false if it cannot. The command takes the shell's place, so that
    /// the process is the server itself.
    bool start(const std::string& command, const std::string& setting);
    /// kill -9, and waits until it is gone.
    void kill();
    [[nodiscard]] pid_t process() const { return process_; }
    /// Whether it has not ended by itself.
    [[nodiscard]] bool alive();

  private:
    pid_t process_ = 0;
};

/// kill -9 for a process that is not ours; waits until it is gone; false if it may not be killed or does not
/// go.
[[nodiscard]] bool kill_other(pid_t process);

}  // namespace holdfast::bench
