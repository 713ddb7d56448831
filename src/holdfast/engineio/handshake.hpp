// Keeps what is known of a client small: most clients send the same headers, so that text is kept once.
// Internal to this layer; one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "holdfast/engineio/engine.hpp"

namespace holdfast::engineio {

class HandshakeKeeper {
  public:
    /// Copies what is to be kept of a request.
    [[nodiscard]] std::shared_ptr<const Handshake> keep(const HttpRequest& request, UnixTime now,
                                                        std::string attachment);

  private:
    [[nodiscard]] std::shared_ptr<const std::string> shared(std::string text);
    void forget_unused();

    /// By hash: two texts of one hash do not share, which costs memory and nothing else.
    std::unordered_map<std::size_t, std::weak_ptr<const std::string>> texts_;
};

}  // namespace holdfast::engineio
