// The addresses under which other devices reach this machine.
#pragma once

#include <string>
#include <vector>

namespace holdfast::server {

/// IPv4 addresses of the interfaces that are up, loopback left out; private networks first, as phones are
/// there.
[[nodiscard]] std::vector<std::string> machine_addresses();

}  // namespace holdfast::server
