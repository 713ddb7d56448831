#include "holdfast/server/log_sink.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace holdfast::server {
namespace {

TEST(LogSink, AValueCannotPretendToBeALineOfItsOwn) {
    const std::string_view name = "Otters\n2026-01-01 error \"all lost\"";
    for (const auto format : {LogFormat::text, LogFormat::json}) {
        const auto line = LogSink::line_of(format, "seat_changed", {{"team", name}});
        EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    }
}

TEST(LogSink, TextIsForPeopleAndJsonForMachines) {
    const auto line = [](LogFormat format) {
        return LogSink::line_of(format, "seat_changed",
                                {{"team", std::string_view("Otters")},
                                 {"slot", std::int64_t{2}},
                                 {"ratio", 0.5},
                                 {"kept", true}});
    };
    EXPECT_EQ(line(LogFormat::text).substr(0, 33), "seat_changed team=\"Otters\" slot=2");
    const auto object = boost::json::parse("{" + line(LogFormat::json) + "}").as_object();
    EXPECT_EQ(object.at("event"), "seat_changed");
    EXPECT_EQ(object.at("team"), "Otters");
    EXPECT_EQ(object.at("slot"), 2);
    EXPECT_EQ(object.at("kept"), true);
}

}  // namespace
}  // namespace holdfast::server
