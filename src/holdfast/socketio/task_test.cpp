// Coroutines that wait for answers: they go on with the answer, with its absence, or end with the server.
#include <stdexcept>

#include "holdfast/socketio/fake_sessions.hpp"
#include "holdfast/socketio/task.hpp"
#include "holdfast/socketio/typed.hpp"

namespace holdfast::socketio {
namespace {

using namespace std::chrono_literals;

/// Counts the objects that live, to see that nothing is left behind.
class Witness {
  public:
    explicit Witness(int& living) : living_(&living) { ++*living_; }
    Witness(const Witness& other) : living_(other.living_) { ++*living_; }
    Witness& operator=(const Witness&) = delete;
    ~Witness() { --*living_; }

  private:
    int* living_;
};

class TaskTest : public HubTest {
  protected:
    Task<> converse(SocketPointer socket) {
        const Witness witness(living);
        const auto name = co_await socket->ask<std::string>("name?", 5s);
        if (!name) {
            story.push_back(name.error() == AckError::timed_out      ? "no name in time"
                            : name.error() == AckError::disconnected ? "gone"
                                                                     : "no name");
            co_return;
        }
        story.push_back("name " + *name);
        const auto age = co_await socket->ask<int>("age?", 5s, *name);
        story.push_back(age ? "age " + std::to_string(*age) : "no age");
    }

    int living = 0;
    Texts story;
};

TEST_F(TaskTest, GoesOnWithEachAnswer) {
    const auto session = join();
    start(converse(only()));
    EXPECT_EQ(heard(session), Texts{R"(20["name?"])"});
    EXPECT_TRUE(story.empty());
    says(session, R"(30["Ada"])");
    EXPECT_EQ(heard(session), Texts{R"(21["age?","Ada"])"});
    says(session, "31[36]");
    EXPECT_EQ(story, (Texts{"name Ada", "age 36"}));
    EXPECT_EQ(living, 0);
}

TEST_F(TaskTest, AnswersOfTheWrongKindAreMisfits) {
    const auto session = join();
    start(converse(only()));
    says(session, "30[5]");
    EXPECT_EQ(story, Texts{"no name"});
    start(converse(only()));
    says(session, "31[]");
    EXPECT_EQ(story, (Texts{"no name", "no name"}));
}

TEST_F(TaskTest, AnAnswerThatDoesNotComeIsATimeOut) {
    join();
    start(converse(only()));
    pass(0ms);
    pass(5s);
    EXPECT_EQ(story, Texts{"no name in time"});
    EXPECT_EQ(living, 0);
}

TEST_F(TaskTest, ADisconnectEndsTheWait) {
    const auto session = join();
    start(converse(only()));
    hub->on_close(session, engineio::CloseReason::transport_close);
    EXPECT_EQ(story, Texts{"gone"});
    EXPECT_EQ(living, 0);
}

TEST_F(TaskTest, ASocketThatIsGoneAnswersAtOnce) {
    const auto session = join();
    const auto socket = only();
    hub->on_close(session, engineio::CloseReason::transport_close);
    start(converse(socket));
    EXPECT_EQ(story, Texts{"gone"});
    EXPECT_EQ(living, 0);
}

TEST_F(TaskTest, EndsWhereItStandsWhenTheServerIsDestroyed) {
    join();
    start(converse(only()));
    EXPECT_EQ(living, 1);
    hub.reset();
    EXPECT_EQ(living, 0);
    EXPECT_TRUE(story.empty());
}

TEST_F(TaskTest, HandlersMayBeCoroutinesAndKeepWhatTheyWereGiven) {
    main().on("guess",
              [this, witness = Witness(living)](Socket& socket, const std::string& word,
                                                Ack<bool, std::string> ack) -> Task<> {
                  const auto sure = co_await socket.ask<bool>("sure?", 5s);
                  ack(sure.value_or(false), word);
              });
    const auto session = join();
    says(session, R"(27["guess","a word that is longer than any small string"])");
    EXPECT_EQ(heard(session), Texts{R"(20["sure?"])"});
    main().off("guess");  // while the handler still runs
    EXPECT_EQ(living, 1);
    says(session, "30[true]");
    EXPECT_EQ(heard(session), Texts{R"(37[true,"a word that is longer than any small string"])"});
    EXPECT_EQ(living, 0);
}

TEST_F(TaskTest, ATaskMayAwaitTasksWithValues) {
    const auto session = join();
    const auto twice = [](SocketPointer socket) -> Task<int> {
        const auto first = co_await socket->ask<int>("n?", 5s);
        const auto second = co_await socket->ask<int>("n?", 5s);
        co_return first.value_or(0) + second.value_or(0);
    };
    const auto whole = [&](SocketPointer socket) -> Task<> {
        const Witness witness(living);
        story.push_back(std::to_string(co_await twice(socket)));
    };
    start(whole(only()));
    says(session, "30[20]");
    says(session, "31[22]");
    EXPECT_EQ(story, Texts{"42"});
    EXPECT_EQ(living, 0);
    start(whole(only()));
    says(session, "32[1]");
    hub.reset();  // in the middle of the inner one
    EXPECT_EQ(living, 0);
}

TEST_F(TaskTest, ExceptionsGoThroughTasksToTheLogAndNoFurther) {
    const auto inner = [](SocketPointer socket) -> Task<int> {
        (void)co_await socket->ask<int>("n?", 5s);
        throw std::runtime_error("inner trouble");
    };
    main().on("go", [&, inner](SocketPointer socket, bool catch_it) -> Task<> {
        const Witness witness(living);
        if (!catch_it) {
            (void)co_await inner(socket);
            co_return;
        }
        try {
            (void)co_await inner(socket);
        } catch (const std::exception& error) {
            story.emplace_back(error.what());
        }
    });
    const auto session = join();
    says(session, R"(2["go",true])");
    says(session, "30[1]");
    EXPECT_EQ(story, Texts{"inner trouble"});
    EXPECT_EQ(hub->counters().handler_failures, 0U);
    says(session, R"(2["go",false])");
    says(session, "31[1]");
    EXPECT_EQ(hub->counters().handler_failures, 1U);
    EXPECT_FALSE(closed(session).has_value());
    EXPECT_EQ(living, 0);
}

TEST_F(TaskTest, AnExceptionBeforeTheFirstWaitReachesWhoStarted) {
    const auto thrower = []() -> Task<> {
        throw std::runtime_error("at once");
        co_return;
    };
    EXPECT_THROW(start(thrower()), std::runtime_error);
}

TEST_F(TaskTest, OneThatIsNeverStartedDoesNothing) {
    join();
    { const auto idle = converse(only()); }
    EXPECT_TRUE(story.empty());
    EXPECT_EQ(living, 0);
}

TEST_F(TaskTest, ACallBackThatIsDroppedEndsTheFlow) {
    std::function<void()> held;
    const auto wait = [&]() -> Task<> {
        const Witness witness(living);
        const int value = co_await Awaited<int>([&](auto done) { held = [done] { done(7); }; });
        story.push_back(std::to_string(value));
        (void)co_await Awaited<int>([&](auto done) { held = [done] { done(8); }; });
        story.emplace_back("not reached");
    };
    start(wait());
    EXPECT_EQ(living, 1);
    const auto first = held;
    first();
    EXPECT_EQ(story, Texts{"7"});
    first();  // the second call of the same says nothing
    held = nullptr;
    EXPECT_EQ(living, 0);
    EXPECT_EQ(story, Texts{"7"});
}

TEST_F(TaskTest, ACallBackThatNobodyKeepsEndsTheFlowAtOnce) {
    const auto wait = [&]() -> Task<> {
        const Witness witness(living);
        (void)co_await Awaited<int>([](auto /*done*/) {});
        story.emplace_back("not reached");
    };
    start(wait());
    EXPECT_EQ(living, 0);
    EXPECT_TRUE(story.empty());
}

}  // namespace
}  // namespace holdfast::socketio
