// Bytes to one HTTP/1 request: Beast's parser, used without I/O, behind the strict gate. It exists only while
// a request is being read, so an idle connection does not pay for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "holdfast/engineio/http.hpp"
#include "holdfast/net/settings.hpp"

namespace holdfast::net {

enum class ReadStatus : std::uint8_t {
    need_more,  ///< everything was taken, the request goes on
    head,       ///< the head is complete; feed on for the body
    complete,   ///< the request is complete, or its body is over the limit
    failed,     ///< refused with error_status(); the connection must be closed after the answer
};

struct ReadStep {
    ReadStatus status = ReadStatus::need_more;
    std::size_t consumed = 0;
};

class RequestReader {
  public:
    /// Uses header_bytes, header_fields and body_bytes of `settings`, which must outlive the reader.
    explicit RequestReader(const ServerSettings& settings);
    ~RequestReader();
    RequestReader(const RequestReader&) = delete;
    RequestReader& operator=(const RequestReader&) = delete;

    /// Takes the next bytes. Feed what was not consumed again (also when it is nothing), until the answer is
    /// need_more, complete or failed. The bytes of the call that gave `head` must stay in place until then.
    [[nodiscard]] ReadStep feed(std::string_view bytes);

    /// Fills in method, path, query, headers and, once complete, the body. Views into the reader or the bytes
    /// last fed. From `head` on.
    void describe(engineio::HttpRequest& request) const;

    [[nodiscard]] bool started() const;
    [[nodiscard]] bool head_done() const;
    [[nodiscard]] unsigned error_status() const;
    [[nodiscard]] unsigned version() const;  ///< 10 or 11
    [[nodiscard]] bool keep_alive() const;
    [[nodiscard]] bool expects_continue() const;
    /// Whether the head announces a body that is not empty.
    [[nodiscard]] bool has_body() const;
    [[nodiscard]] bool body_too_large() const;
    /// The head as it came, from the request line to the empty line.
    [[nodiscard]] std::string_view raw_head() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace holdfast::net
