// Coroutines on the server's thread: what a handler that waits for answers returns.
//
//     socket.on("deal", [](SocketPointer player) -> Task<> {
//         const auto card = co_await player->ask<std::string>("choose a card", 10s);
//         if (card) player->emit("chosen", *card);
//     });
//
// Rules. A Task does nothing until it is awaited or started. It runs on the server's thread, in the calls
// that bring what it waits for, and needs no locks. Between two co_await nothing else of the application
// runs; behind a co_await the world may have changed, so look again (`connected()`). A socket that is gone
// answers what is asked of it with AckError::disconnected, so no wait is endless. When the server is
// destroyed first, the coroutine is not resumed: its variables are destroyed where it stands. An exception
// that leaves a started Task is treated like one that leaves a handler.
//
// Source of the mechanics: the C++20 standard, [dcl.fct.def.coroutine] and [coroutine.handle].
#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace holdfast::socketio {

template <typename Value = void>
class Task;

namespace detail {

/// A started Task with all the Tasks it awaits: they live and die together.
struct Flow {
    std::coroutine_handle<> root;
    std::exception_ptr error;
    bool over = false;

    /// Destroys the coroutines where they stand.
    void abandon() {
        if (!std::exchange(over, true)) root.destroy();
    }
    /// What escaped goes to whoever started or resumed the flow.
    void rethrow() {
        if (error) std::rethrow_exception(std::exchange(error, nullptr));
    }
};
using FlowPointer = std::shared_ptr<Flow>;

class PromiseBase {
  public:
    [[nodiscard]] const FlowPointer& flow() const { return flow_; }
    void continue_with(std::coroutine_handle<> continuation, FlowPointer flow) {
        continuation_ = continuation;
        flow_ = std::move(flow);
    }

    static std::suspend_always initial_suspend() noexcept { return {}; }
    struct FinalAwaiter {
        static bool await_ready() noexcept { return false; }
        template <typename Promise>
        static std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> finished) noexcept {
            return finished.promise().continuation_;
        }
        static void await_resume() noexcept {}
    };
    static FinalAwaiter final_suspend() noexcept { return {}; }
    void unhandled_exception() noexcept { error_ = std::current_exception(); }

  protected:
    void rethrow() {
        if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    }

  private:
    std::coroutine_handle<> continuation_ = std::noop_coroutine();
    FlowPointer flow_;
    std::exception_ptr error_;
};

template <typename Value>
class Promise final : public PromiseBase {
  public:
    Task<Value> get_return_object();
    void return_value(Value value) { value_.emplace(std::move(value)); }
    Value take() {
        rethrow();
        return std::move(*value_);
    }

  private:
    std::optional<Value> value_;
};

template <>
class Promise<void> final : public PromiseBase {
  public:
    Task<void> get_return_object();
    void return_void() noexcept {}
    void take() { rethrow(); }
};

/// The outermost coroutine of a flow. It frees itself when it ends.
struct Root {
    struct promise_type {
        FlowPointer flow = std::make_shared<Flow>();

        Root get_return_object() {
            flow->root = std::coroutine_handle<promise_type>::from_promise(*this);
            return {flow};
        }
        static std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept {
            flow->over = true;
            return {};
        }
        void return_void() noexcept {}
        void unhandled_exception() noexcept { flow->error = std::current_exception(); }
    };
    FlowPointer flow;
};

}  // namespace detail

/// A coroutine that gives a `Value` in the end. Awaited at most once; one that is dropped before that is
/// destroyed without having run.
template <typename Value>
class [[nodiscard]] Task {
  public:
    using promise_type = detail::Promise<Value>;

    explicit Task(std::coroutine_handle<promise_type> coroutine) : coroutine_(coroutine) {}
    Task(Task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
    Task& operator=(Task&& other) noexcept {
        if (this != &other) {
            if (coroutine_) coroutine_.destroy();
            coroutine_ = std::exchange(other.coroutine_, nullptr);
        }
        return *this;
    }
    ~Task() {
        if (coroutine_) coroutine_.destroy();
    }

    [[nodiscard]] static bool await_ready() noexcept { return false; }
    template <typename Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> waiting) {
        if constexpr (std::is_same_v<Promise, detail::Root::promise_type>) {
            coroutine_.promise().continue_with(waiting, waiting.promise().flow);
        } else {
            coroutine_.promise().continue_with(waiting, waiting.promise().flow());
        }
        return coroutine_;
    }
    Value await_resume() { return coroutine_.promise().take(); }

  private:
    std::coroutine_handle<promise_type> coroutine_;
};

namespace detail {

template <typename Value>
Task<Value> Promise<Value>::get_return_object() {
    return Task<Value>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
    return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

inline Root run_as_root(Task<void> task) {
    co_await task;
}

}  // namespace detail

/// Runs the task up to its first wait; it goes on by itself from there. Throws what the task throws until
/// then. A typed handler that returns a Task is started by the server.
inline void start(Task<void> task) {
    const auto flow = detail::run_as_root(std::move(task)).flow;
    flow->root.resume();
    flow->rethrow();
}

/// Waits for a call-back: `co_await Awaited<int>([&](auto done) { begin(done); })` hands `begin` a copyable
/// function and continues with what that is called with. Only the first call counts; it may come at once.
/// When all copies of the function are dropped uncalled, the flow ends where it stands.
template <typename Value>
class [[nodiscard]] Awaited {
    /// What the call-back's copies share.
    struct Link {
        Link() = default;
        Link(const Link&) = delete;
        Link& operator=(const Link&) = delete;
        ~Link() {
            if (waiting) flow->abandon();
        }
        Awaited* awaited = nullptr;  ///< lives while the coroutine stands at it
        std::coroutine_handle<> waiting;
        detail::FlowPointer flow;
    };

  public:
    class Done {
      public:
        explicit Done(std::shared_ptr<Link> link) : link_(std::move(link)) {}
        void operator()(Value value) const {
            auto* const awaited = std::exchange(link_->awaited, nullptr);
            if (awaited == nullptr) return;
            awaited->value_.emplace(std::move(value));
            const auto waiting = std::exchange(link_->waiting, nullptr);
            if (!waiting) return;  // called at once: the coroutine has not been suspended
            const auto flow = link_->flow;
            waiting.resume();
            flow->rethrow();
        }

      private:
        std::shared_ptr<Link> link_;
    };

    template <typename Begin>
    explicit Awaited(Begin begin) : begin_(std::move(begin)) {}
    Awaited(const Awaited&) = delete;
    Awaited& operator=(const Awaited&) = delete;

    [[nodiscard]] static bool await_ready() noexcept { return false; }
    template <typename Promise>
    bool await_suspend(std::coroutine_handle<Promise> waiting) {
        auto link = std::make_shared<Link>();
        link->awaited = this;
        link->flow = waiting.promise().flow();
        begin_(Done(link));
        if (value_) return false;
        // From here on whoever holds the call-back holds the coroutine. If nobody does, it ends on return.
        link->waiting = waiting;
        return true;
    }
    Value await_resume() { return std::move(*value_); }

  private:
    std::function<void(Done)> begin_;
    std::optional<Value> value_;
};

}  // namespace holdfast::socketio
