// HMAC-SHA-256 (RFC 2104) under a key that is used again and again: what depends on the key alone is worked
// out once.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "holdfast/base/crypto.hpp"

namespace holdfast {

class HmacKey {
  public:
    explicit HmacKey(std::string key);
    ~HmacKey();
    HmacKey(HmacKey&&) noexcept;
    HmacKey& operator=(HmacKey&&) noexcept;

    /// The same as hmac_sha256(key, message). One thread at a time.
    [[nodiscard]] Digest sign(std::string_view message) const;

  private:
    struct Context;
    std::string key_;
    std::unique_ptr<Context> context_;  ///< null: OpenSSL had none to give
};

}  // namespace holdfast
