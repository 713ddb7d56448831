#include "holdfast/server/transport_figures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/pfr.hpp>
#include <string>
#include <type_traits>
#include <vector>

namespace holdfast::server {
namespace {

using ::testing::HasSubstr;

/// Gives every plain counter a value of its own and says which.
template <typename Figures>
std::vector<std::uint64_t> number(Figures& figures, std::uint64_t first) {
    std::vector<std::uint64_t> values;
    boost::pfr::for_each_field(figures, [&](auto& field) {
        if constexpr (std::is_same_v<decltype(field), std::uint64_t&>) {
            field = first + values.size();
            values.push_back(field);
        }
    });
    return values;
}

TEST(TransportFigures, EveryCounterIsShownAndSummedOverTheThreads) {
    TransportPart part;
    const auto engine_values = number(part.engine, 10'000);
    const auto socketio_values = number(part.socketio, 20'000);
    ASSERT_GE(engine_values.size(), 10U);
    ASSERT_GE(socketio_values.size(), 18U);
    // These two are shown in parts: by reason and by code.
    part.engine.sessions_closed_by_reason[1] = part.engine.sessions_closed;
    const auto refused = part.engine.requests_refused;
    part.engine.requests_refused_by_code[2] = refused - 1;
    part.sessions = 7;

    TransportFigures figures(2);
    figures.publish(0, part);
    figures.publish(1, part);
    Metrics metrics;
    figures.show(metrics, {});
    const auto text = metrics.text();
    for (const auto* values : {&engine_values, &socketio_values}) {
        for (const auto value : *values) {
            if (value == refused) continue;
            EXPECT_THAT(text, HasSubstr(" " + std::to_string(2 * value) + "\n"));
        }
    }
    EXPECT_THAT(text, HasSubstr("{what=\"method\"} " + std::to_string(2 * (refused - 1)) + "\n"));
    EXPECT_THAT(text, HasSubstr("{what=\"other\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("holdfast_engine_sessions 14\n"));
}

TEST(TransportFigures, AThreadsNewFiguresReplaceItsOldOnes) {
    TransportFigures figures(1);
    TransportPart part;
    part.socketio.connects = 3;
    figures.publish(0, part);
    part.socketio.connects = 4;
    figures.publish(0, part);
    Metrics metrics;
    figures.show(metrics, {});
    EXPECT_THAT(metrics.text(), HasSubstr("holdfast_socketio_connects 4\n"));
}

}  // namespace
}  // namespace holdfast::server
