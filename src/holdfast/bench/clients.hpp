// All clients of a run and the loop that moves them: one thread, epoll.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "holdfast/base/result.hpp"
#include "holdfast/bench/client.hpp"
#include "holdfast/bench/errors.hpp"
#include "holdfast/bench/options.hpp"

namespace holdfast::bench {

/// Nanoseconds on the monotonic clock.
[[nodiscard]] std::uint64_t clock_ns();

/// One thread.
class Clients {
  public:
    /// Resolves the server's name. `errors` must outlive this.
    [[nodiscard]] static Result<std::unique_ptr<Clients>, std::string> make(const Options& options,
                                                                            Errors& errors);
    /// Whether somebody accepts connections there.
    [[nodiscard]] static bool someone_listens(const Options& options);
    ~Clients();
    Clients(const Clients&) = delete;
    Clients& operator=(const Clients&) = delete;

    /// Makes clients, closed ones, until there are `count`.
    void grow(std::size_t count);
    [[nodiscard]] std::size_t size() const { return all_.size(); }
    [[nodiscard]] Client& at(std::size_t index) { return *all_[index]; }
    void set_events(ClientEvents& events) { events_ = &events; }
    /// Ending connections are expected from now on, and no error.
    void expect_losses(bool expected) { losses_expected_ = expected; }

    /// Waits for something to happen, at most until `until_ns` on clock_ns(), and handles it.
    void turn(std::uint64_t until_ns);

    /// When the bytes that are being handled were read; during a turn.
    [[nodiscard]] std::uint64_t now_ns() const { return now_ns_; }
    [[nodiscard]] std::uint64_t bytes_received() const { return bytes_received_; }
    [[nodiscard]] std::size_t ready_count() const { return ready_count_; }
    /// Clients that have a socket.
    [[nodiscard]] std::size_t open_count() const { return open_count_; }
    [[nodiscard]] Errors& errors() { return errors_; }
    [[nodiscard]] const std::string& name_space_prefix() const { return name_space_prefix_; }

  private:
    friend class Client;
    Clients(const Options& options, Errors& errors);

    [[nodiscard]] websocket::MaskKey next_mask();
    void flush_all();
    [[nodiscard]] int new_socket(std::size_t index) const;

    Errors& errors_;
    ClientEvents* events_ = nullptr;
    Protocol protocol_;
    std::size_t source_addresses_;
    std::string name_space_prefix_;
    std::string upgrade_request_;
    std::string accept_;
    sockaddr_storage server_{};
    socklen_t server_size_ = 0;
    int epoll_ = -1;
    websocket::DecoderSettings decoder_settings_;
    std::vector<std::unique_ptr<Client>> all_;
    std::vector<Client*> to_flush_;
    std::vector<char> buffer_;
    std::uint64_t mask_state_;
    std::uint64_t now_ns_ = 0;
    std::uint64_t bytes_received_ = 0;
    std::size_t ready_count_ = 0;
    std::size_t open_count_ = 0;
    bool losses_expected_ = false;
};

}  // namespace holdfast::bench
