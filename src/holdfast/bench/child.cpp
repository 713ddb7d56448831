#include "holdfast/bench/child.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <vector>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX wants it declared by its user

namespace holdfast::bench {

Child::~Child() {
    kill();
}

bool Child::start(const std::string& command, const std::string& setting) {
    // All that allocates happens before the fork.
    const std::string script = "exec " + command;
    std::string added = setting;
    std::vector<char*> environment;
    for (char** one = environ; *one != nullptr; ++one)
        environment.push_back(*one);
    if (!added.empty()) environment.push_back(added.data());
    environment.push_back(nullptr);
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child < 0) return false;
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(127);  // it died in between
        const int nothing = ::open("/dev/null", O_RDWR);
        for (int stream = 0; stream < 3; ++stream)
            dup2(nothing, stream);
        const char* const arguments[] = {"sh", "-c", script.c_str(), nullptr};
        execve("/bin/sh", const_cast<char* const*>(arguments), environment.data());
        _exit(127);
    }
    process_ = child;
    return true;
}

void Child::kill() {
    if (process_ == 0) return;
    ::kill(process_, SIGKILL);
    while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
    process_ = 0;
}

bool Child::alive() {
    if (process_ == 0) return false;
    if (waitpid(process_, nullptr, WNOHANG) == 0) return true;
    process_ = 0;
    return false;
}

bool kill_other(pid_t process) {
    if (::kill(process, SIGKILL) != 0) return false;
    for (int i = 0; i < 5000; ++i) {
        if (::kill(process, 0) != 0 && errno == ESRCH) return true;
        const timespec moment{0, 1'000'000};
        nanosleep(&moment, nullptr);
    }
    return false;
}

}  // namespace holdfast::bench
