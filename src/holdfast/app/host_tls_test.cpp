// A host with TLS beside a plain address, with certificates made on the spot.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "holdfast/app/host.hpp"
#include "holdfast/net/net_test_support.hpp"

namespace holdfast::app {
namespace {

using net::testing::Client;

class KeptLog final : public Log {
  public:
    void write(LogLevel /*level*/, std::string_view event, std::initializer_list<LogField> /*f*/) override {
        journal.add(std::string(event));
    }
    net::testing::Journal journal;
};

/// A folder with a self-signed certificate and its key; gone with the object.
class CertificateFolder {
  public:
    CertificateFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "holdfast-app-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        write(1);
    }
    ~CertificateFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    CertificateFolder(const CertificateFolder&) = delete;
    CertificateFolder& operator=(const CertificateFolder&) = delete;

    [[nodiscard]] net::TlsSettings settings() const {
        return {(folder_ / "certificate.pem").string(), (folder_ / "key.pem").string()};
    }
    void write(int serial) const {
        const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
        const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
        X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
        X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
        X509_set_pubkey(certificate.get(), key.get());
        X509_sign(certificate.get(), key.get(), EVP_sha256());
        std::FILE* file = std::fopen(settings().certificate_file.c_str(), "w");
        PEM_write_X509(file, certificate.get());
        std::fclose(file);
        file = std::fopen(settings().key_file.c_str(), "w");
        PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        std::fclose(file);
    }

  private:
    std::filesystem::path folder_;
};

/// What a request over TLS is answered with, and the serial number of the certificate that came with it.
struct Answer {
    std::string text;
    long serial = 0;
};

Answer get_over_tls(std::uint16_t port, const std::string& path) {
    Answer answer;
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                    SSL_CTX_free);
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
    const Client client(port);
    SSL_set_fd(ssl.get(), client.handle());
    if (SSL_connect(ssl.get()) != 1) return answer;
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl.get()),
                                                                  X509_free);
    answer.serial = ASN1_INTEGER_get(X509_get0_serialNumber(certificate.get()));
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
    SSL_write(ssl.get(), request.data(), static_cast<int>(request.size()));
    std::string buffer(65536, '\0');
    for (int got = 0; (got = SSL_read(ssl.get(), buffer.data(), static_cast<int>(buffer.size()))) > 0;)
        answer.text.append(buffer, 0, static_cast<std::size_t>(got));
    return answer;
}

TEST(HostTls, ServesBesideAPlainAddressAndTakesANewCertificateOver) {
    const CertificateFolder folder;
    HostSettings settings;
    settings.listen = {.address = "127.0.0.1", .port = 0, .tls = true};
    settings.also_listen = {{"127.0.0.1", 0}};
    settings.tls = folder.settings();
    settings.net.drain_time = Milliseconds{200};
    Host host(settings);
    host.on_http([](const net::HttpRequest& request) {
        net::HttpResponse response;
        response.body = request.secure ? "over TLS" : "in the open";
        return response;
    });
    const auto started = host.start();
    ASSERT_TRUE(started) << started.error().message;
    ASSERT_EQ(host.ports().size(), 2U);
    EXPECT_TRUE(host.url().starts_with("https://127.0.0.1:"));

    const auto secure = get_over_tls(host.ports()[0], "/");
    EXPECT_EQ(net::testing::body_of(secure.text), "over TLS");
    EXPECT_EQ(secure.serial, 1);
    EXPECT_NE(get_over_tls(host.ports()[0], "/socket.io/?EIO=4&transport=polling").text.find("\"sid\""),
              std::string::npos);
    Client plain(host.ports()[1]);
    plain.send("GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(net::testing::body_of(plain.receive_all()), "in the open");

    folder.write(2);
    ASSERT_TRUE(host.reload_certificates());
    EXPECT_EQ(get_over_tls(host.ports()[0], "/").serial, 2);
    std::ofstream(folder.settings().certificate_file) << "nonsense";
    const auto reloaded = host.reload_certificates();
    ASSERT_FALSE(reloaded);
    EXPECT_EQ(reloaded.error().code, HostErrorCode::bad_certificate);
    EXPECT_FALSE(reloaded.error().message.empty());
    EXPECT_EQ(get_over_tls(host.ports()[0], "/").serial, 2) << "the one before stays";
}

TEST(HostTls, AHangUpReadsTheCertificateAgain) {
    const CertificateFolder folder;
    KeptLog log;
    HostSettings settings;
    settings.listen = {.address = "127.0.0.1", .port = 0, .tls = true};
    settings.tls = folder.settings();
    settings.net.drain_time = Milliseconds{200};
    settings.log = &log;
    Host host(settings);
    std::promise<void> serving;
    host.post([&](socketio::Server&) { serving.set_value(); });
    std::thread program([&] { EXPECT_EQ(host.run(), 0); });
    serving.get_future().wait();
    EXPECT_EQ(get_over_tls(host.ports()[0], "/").serial, 1);
    folder.write(2);
    ::kill(::getpid(), SIGHUP);
    ASSERT_TRUE(log.journal.wait_for("certificate_reloaded"));
    EXPECT_EQ(get_over_tls(host.ports()[0], "/").serial, 2);
    std::ofstream(folder.settings().certificate_file) << "nonsense";
    ::kill(::getpid(), SIGHUP);
    ASSERT_TRUE(log.journal.wait_for("certificate_not_reloaded"));
    EXPECT_EQ(get_over_tls(host.ports()[0], "/").serial, 2) << "the one before stays";
    host.stop();
    program.join();
}

}  // namespace
}  // namespace holdfast::app
