#include "holdfast/net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace holdfast::net {
namespace {

std::string last_error() {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    ERR_clear_error();
    return text.data();
}

// Only HTTP/1.1 is spoken here; clients that offer a choice are told so.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
    static constexpr std::array<unsigned char, 9> ours{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char* chosen = nullptr;
    const int result =
        SSL_select_next_proto(&chosen, out_size, ours.data(), ours.size(), offered, offered_size);
    *out = chosen;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

int clamped(std::size_t size) {
    return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

}  // namespace

TlsSession::TlsSession(ssl_ctx_st* context, int socket) : ssl_(SSL_new(context)) {
    if (ssl_ == nullptr || SSL_set_fd(ssl_, socket) != 1) {
        broken_ = true;
        return;
    }
    SSL_set_accept_state(ssl_);
}

TlsSession::~TlsSession() {
    SSL_free(ssl_);
}

IoResult TlsSession::result_of(int returned) {
    if (returned > 0) return {IoStatus::done, static_cast<std::size_t>(returned)};
    switch (SSL_get_error(ssl_, returned)) {
        case SSL_ERROR_WANT_READ:
            return {IoStatus::want_read, 0};
        case SSL_ERROR_WANT_WRITE:
            return {IoStatus::want_write, 0};
        case SSL_ERROR_ZERO_RETURN:
            return {IoStatus::end, 0};
        default:
            broken_ = true;
            return {IoStatus::failed, 0};
    }
}

IoResult TlsSession::read(std::span<char> buffer) {
    if (broken_) return {IoStatus::failed, 0};
    ERR_clear_error();
    return result_of(SSL_read(ssl_, buffer.data(), clamped(buffer.size())));
}

IoResult TlsSession::write(std::string_view bytes) {
    if (broken_) return {IoStatus::failed, 0};
    ERR_clear_error();
    return result_of(SSL_write(ssl_, bytes.data(), clamped(bytes.size())));
}

void TlsSession::shut_down() {
    // After a fatal error OpenSSL forbids the shutdown; during the handshake it would be an error.
    if (broken_ || SSL_in_init(ssl_) != 0) return;
    ERR_clear_error();
    if (SSL_shutdown(ssl_) < 0) ERR_clear_error();
}

TlsCertificates::TlsCertificates() = default;
TlsCertificates::~TlsCertificates() = default;

Result<void, std::string> TlsCertificates::load(const TlsSettings& settings) {
    const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    if (!context) return failure("TLS could not be set up: " + last_error());
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                           SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    // Idle connections give their buffers back; a write may be tried again from another place in memory.
    SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context.get(), settings.certificate_file.c_str()) != 1) {
        return failure("The certificate " + settings.certificate_file +
                       " could not be read: " + last_error());
    }
    if (SSL_CTX_use_PrivateKey_file(context.get(), settings.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
        return failure("The key " + settings.key_file + " could not be read: " + last_error());
    }
    if (SSL_CTX_check_private_key(context.get()) != 1) {
        return failure("The key " + settings.key_file + " does not belong to the certificate " +
                       settings.certificate_file + ".");
    }
    const std::lock_guard lock(mutex_);
    context_ = context;
    return {};
}

std::unique_ptr<TlsSession> TlsCertificates::new_session(int socket) const {
    const std::lock_guard lock(mutex_);
    if (!context_) return nullptr;
    return std::make_unique<TlsSession>(context_.get(), socket);
}

}  // namespace holdfast::net
