// Requests through the parser and the strict gate, and answers to bytes.
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/net/request_reader.hpp"
#include "holdfast/net/response_writer.hpp"
#include "holdfast/websocket/handshake.hpp"
#include "path.hpp"

namespace holdfast::bench {
namespace {

constexpr std::string_view browser_fields =
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Firefox/102.0\r\n"
    "Accept: */*\r\n"
    "Accept-Language: en-GB,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate\r\n"
    "Cookie: holdfast_device=0123456789abcdefghijkl\r\n";

class ReadRequest : public Path {
  public:
    void prepare(std::size_t /*operations*/) override { fields_ = 0; }

  protected:
    /// Reads one request; the number of its header fields, 0 when it was refused.
    std::size_t read(std::string_view bytes) {
        net::RequestReader reader(settings_);
        for (;;) {
            const auto step = reader.feed(bytes);
            bytes.remove_prefix(step.consumed);
            if (step.status == net::ReadStatus::head) continue;
            if (step.status != net::ReadStatus::complete) return 0;
            request_ = {};
            reader.describe(request_);
            return examine();
        }
    }
    /// Looks at request_ while it is valid.
    virtual std::size_t examine() { return request_.headers.size(); }

    net::ServerSettings settings_;
    engineio::HttpRequest request_;
    std::size_t fields_ = 0;
};

class Upgrade final : public ReadRequest {
  public:
    void run(std::size_t operations) override {
        for (std::size_t index = 0; index < operations; ++index)
            fields_ += read(bytes_);
        wanted_ = 10 * operations;
    }
    [[nodiscard]] std::string complaint() const override {
        return expect_count("header fields", fields_, wanted_);
    }

  private:
    std::size_t examine() override {
        const auto accept = websocket::check_upgrade({.method = request_.method,
                                                      .upgrade = request_.header("Upgrade"),
                                                      .connection = request_.header("Connection"),
                                                      .key = request_.header("Sec-WebSocket-Key"),
                                                      .version = request_.header("Sec-WebSocket-Version")});
        return accept && accept->size() == 28 ? request_.headers.size() : 0;
    }

    std::string bytes_ =
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
        "Host: play.example.org\r\n"
        "Connection: Upgrade\r\n"
        "Upgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
        std::string(browser_fields) + "\r\n";
    std::size_t wanted_ = 0;
};

class Post final : public ReadRequest {
  public:
    void run(std::size_t operations) override {
        for (std::size_t index = 0; index < operations; ++index)
            fields_ += read(bytes_);
        wanted_ = 8 * operations;
    }
    [[nodiscard]] std::string complaint() const override {
        return expect_count("header fields", fields_, wanted_);
    }

  private:
    std::string bytes_ =
        "POST /socket.io/?EIO=4&transport=polling&sid=0123456789abcdefghij HTTP/1.1\r\n"
        "Host: play.example.org\r\n"
        "Content-Type: text/plain;charset=UTF-8\r\n"
        "Content-Length: 28\r\n" +
        std::string(browser_fields) + "\r\n" + R"(42["echo","what they say.."])";
    std::size_t wanted_ = 0;
};

class Respond final : public Path {
  public:
    void prepare(std::size_t /*operations*/) override { bytes_ = 0; }
    void run(std::size_t operations) override {
        for (std::size_t index = 0; index < operations; ++index) {
            engineio::HttpResponse response;
            response.headers.emplace_back("Content-Type", "text/plain; charset=UTF-8");
            response.body = "ok";
            net::ResponseContext context;
            context.date = "Sun, 06 Nov 1994 08:49:37 GMT";
            bytes_ = net::encode_response(std::move(response), context).head.size();
        }
    }
    [[nodiscard]] std::string complaint() const override { return bytes_ > 100 ? "" : "the answer is short"; }

  private:
    std::size_t bytes_ = 0;
};

}  // namespace

std::vector<PathInfo> http_paths() {
    return {
        path<Upgrade>("net.upgrade_request", "request", 200),
        path<Post>("net.post_request", "request", 200),
        path<Respond>("net.response", "answer", 500),
    };
}

}  // namespace holdfast::bench
