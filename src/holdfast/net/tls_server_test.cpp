// https and wss with certificates made on the spot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "holdfast/net/net_test_support.hpp"
#include "holdfast/websocket/frame_recorder.hpp"

namespace holdfast::net {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using websocket::Opcode;
using websocket::testing::client_frame;

/// A folder of its own with a self-signed certificate in it; gone with the object.
class CertificateFolder {
  public:
    CertificateFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "holdfast-tls-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        renew(1);
    }
    ~CertificateFolder() { std::filesystem::remove_all(folder_); }
    CertificateFolder(const CertificateFolder&) = delete;
    CertificateFolder& operator=(const CertificateFolder&) = delete;

    [[nodiscard]] TlsSettings settings() const {
        return {(folder_ / "certificate.pem").string(), (folder_ / "key.pem").string()};
    }
    void renew(long serial) const {
        EVP_PKEY* const key = EVP_EC_gen("P-256");
        X509* const certificate = X509_new();
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
        X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
        X509_set_pubkey(certificate, key);
        X509_sign(certificate, key, EVP_sha256());
        std::FILE* file = std::fopen(settings().certificate_file.c_str(), "w");
        PEM_write_X509(file, certificate);
        std::fclose(file);
        file = std::fopen(settings().key_file.c_str(), "w");
        PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
        std::fclose(file);
        X509_free(certificate);
        EVP_PKEY_free(key);
    }

  private:
    std::filesystem::path folder_;
};

ServerSettings tls_settings(const CertificateFolder& folder) {
    ServerSettings settings;
    settings.listen = {{.tls = true}};
    settings.tls = folder.settings();
    return settings;
}

/// TLS over a Client's socket.
class TlsClient {
  public:
    explicit TlsClient(std::uint16_t port)
        : client_(port), context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_)) {
        const timeval patience{patience_milliseconds / 1000, 0};
        ::setsockopt(client_.handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        SSL_set_fd(ssl_, client_.handle());
        connected_ = SSL_connect(ssl_) == 1;
    }
    ~TlsClient() {
        SSL_free(ssl_);
        SSL_CTX_free(context_);
    }
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    [[nodiscard]] bool connected() const { return connected_; }
    [[nodiscard]] long serial() const {
        X509* const certificate = SSL_get1_peer_certificate(ssl_);
        const long serial = ASN1_INTEGER_get(X509_get0_serialNumber(certificate));
        X509_free(certificate);
        return serial;
    }
    void send(std::string_view bytes) {
        EXPECT_GT(SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())), 0);
    }
    [[nodiscard]] std::string receive_exactly(std::size_t size) {
        std::string bytes(size, '\0');
        std::size_t got = 0;
        while (got < size) {
            const int more = SSL_read(ssl_, bytes.data() + got, static_cast<int>(size - got));
            if (more <= 0) break;
            got += static_cast<std::size_t>(more);
        }
        bytes.resize(got);
        return bytes;
    }
    [[nodiscard]] std::string receive_head() {
        std::string head;
        while (!head.ends_with("\r\n\r\n")) {
            const auto byte = receive_exactly(1);
            if (byte.empty()) break;
            head += byte;
        }
        return head;
    }

  private:
    Client client_;
    SSL_CTX* context_;
    SSL* ssl_;
    bool connected_ = false;
};

const std::string get_and_close = "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

TEST(TlsServer, SpeaksHttpsAndSaysThatItIsSecure) {
    const CertificateFolder folder;
    TestServer server(tls_settings(folder));
    server.script.on_request = [](const HttpRequest& request, std::shared_ptr<HttpResponder> responder,
                                  std::size_t) {
        responder->respond(text_response(request.secure ? "secure" : "plain"));
    };
    server.start();
    TlsClient client(server.port());
    ASSERT_TRUE(client.connected());
    client.send(get_and_close);
    EXPECT_THAT(client.receive_exactly(10'000), ::testing::EndsWith("\r\n\r\nsecure"));
}

TEST(TlsServer, EchoesMessagesOfManyRecordsOverWss) {
    const CertificateFolder folder;
    TestServer server(tls_settings(folder));
    server.script.on_message = [](WebSocketConnection& connection, std::string_view data, bool) {
        auto frame = std::make_shared<std::string>();
        websocket::append_server_frame(*frame, Opcode::text, data);
        connection.send_frames(std::move(frame));
    };
    server.start();
    TlsClient client(server.port());
    ASSERT_TRUE(client.connected());
    client.send(
        "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    EXPECT_EQ(status_of(client.receive_head()), 101U);
    for (const std::size_t size : {5U, 900'000U, 17'000U}) {
        const std::string text(size, 'x');
        client.send(client_frame(Opcode::text, text) + client_frame(Opcode::ping, "p"));
        std::string expected;
        websocket::append_server_frame(expected, Opcode::text, text);
        websocket::append_server_frame(expected, Opcode::pong, "p");
        EXPECT_TRUE(client.receive_exactly(expected.size()) == expected) << size;
    }
}

TEST(TlsServer, TakesANewCertificateWithoutARestartAndKeepsTheOldOneIfTheNewIsBroken) {
    const CertificateFolder folder;
    TestServer server(tls_settings(folder));
    server.start();
    TlsClient before(server.port());
    EXPECT_EQ(before.serial(), 1);
    folder.renew(2);
    EXPECT_TRUE(server.server().reload_certificates());
    TlsClient after(server.port());
    EXPECT_EQ(after.serial(), 2);
    std::ofstream(folder.settings().certificate_file) << "nonsense";
    const auto reloaded = server.server().reload_certificates();
    ASSERT_FALSE(reloaded);
    EXPECT_EQ(reloaded.error().code, StartErrorCode::bad_certificate);
    TlsClient later(server.port());
    EXPECT_EQ(later.serial(), 2);
    before.send(get_and_close);
    EXPECT_EQ(status_of(before.receive_head()), 200U) << "an open connection goes on";
}

TEST(TlsServer, PlainTextAndSilenceOnTheTlsPortDoNoHarm) {
    const CertificateFolder folder;
    TestServer server(tls_settings(folder));
    server.start();
    Client plain(server.port());
    plain.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(plain.receive_all().find("HTTP/1.1"), std::string::npos);
    EXPECT_EQ(server.server().counters().tls_failures, 1U);
    Client silent(server.port());
    ASSERT_TRUE(server.eventually([&] { return server.server().counters().connections_accepted == 2; }));
    server.pass(Milliseconds{5'100});
    EXPECT_EQ(silent.receive_all(), "");
    TlsClient client(server.port());
    EXPECT_TRUE(client.connected());
}

TEST(TlsServer, ASessionMovesBetweenThreads) {
    const CertificateFolder folder;
    auto settings = tls_settings(folder);
    settings.threads = 2;
    TestServer server(settings);
    server.script.home_thread = [](const HttpRequest& head) -> std::optional<std::size_t> {
        return head.path == "/1" ? 1 : 0;
    };
    server.script.on_request = [](const HttpRequest&, std::shared_ptr<HttpResponder> responder,
                                  std::size_t thread) {
        responder->respond(text_response(std::to_string(thread)));
    };
    server.start();
    TlsClient client(server.port());
    ASSERT_TRUE(client.connected());
    for (const auto* path : {"/0", "/1", "/0", "/1"}) {
        client.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_EQ(status_of(client.receive_head()), 200U);
        EXPECT_EQ(client.receive_exactly(1), std::string(path).substr(1));
    }
    EXPECT_GE(server.server().counters().connections_moved, 3U);
}

}  // namespace
}  // namespace holdfast::net
