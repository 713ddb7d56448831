#include "holdfast/base/hmac_key.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <utility>

namespace holdfast {

struct HmacKey::Context {
    EVP_MAC* method = nullptr;
    EVP_MAC_CTX* state = nullptr;

    Context() = default;
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context() {
        EVP_MAC_CTX_free(state);
        EVP_MAC_free(method);
    }
    bool begin(std::string_view key) {
        method = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
        if (method == nullptr) return false;
        state = EVP_MAC_CTX_new(method);
        if (state == nullptr) return false;
        std::array<char, 7> digest{"SHA256"};
        const std::array<OSSL_PARAM, 2> parameters = {
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
            OSSL_PARAM_construct_end()};
        return EVP_MAC_init(state, reinterpret_cast<const unsigned char*>(key.data()), key.size(),
                            parameters.data()) == 1;
    }
};

HmacKey::HmacKey(std::string key) : key_(std::move(key)), context_(std::make_unique<Context>()) {
    if (!context_->begin(key_)) context_.reset();
}

HmacKey::~HmacKey() = default;
HmacKey::HmacKey(HmacKey&&) noexcept = default;
HmacKey& HmacKey::operator=(HmacKey&&) noexcept = default;

Digest HmacKey::sign(std::string_view message) const {
    Digest digest{};
    std::size_t length = 0;
    // Without a key it begins again with the one it has.
    const bool done = context_ && EVP_MAC_init(context_->state, nullptr, 0, nullptr) == 1 &&
                      EVP_MAC_update(context_->state, reinterpret_cast<const unsigned char*>(message.data()),
                                     message.size()) == 1 &&
                      EVP_MAC_final(context_->state, digest.data(), &length, digest.size()) == 1 &&
                      length == digest.size();
    return done ? digest : hmac_sha256(key_, message);
}

}  // namespace holdfast
