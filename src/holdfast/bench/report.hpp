// What a run found out, as a table for people and as JSON for programs. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/bench/errors.hpp"
#include "holdfast/bench/histogram.hpp"
#include "holdfast/bench/options.hpp"

namespace holdfast::bench {

/// A figure that only one scenario has.
struct Extra {
    std::string name;  ///< the JSON field, unit last
    boost::json::value value;
};

struct Report {
    Scenario scenario = Scenario::ack;
    Protocol protocol = Protocol::socketio;
    std::size_t connections = 0;
    std::size_t in_flight = 0;
    double seconds = 0;  ///< of the measurement, as it was
    std::uint64_t operations = 0;
    std::string operation_name = "operations";  ///< for the table: "acked events", "deliveries"
    std::optional<double> server_cpu_seconds;   ///< nothing when no process was named
    double load_cpu_seconds = 0;                ///< of this program
    Histogram latency_ns;
    std::optional<double> resident_bytes_per_connection;
    std::uint64_t bytes_received = 0;
    std::vector<Extra> extras;
    Errors errors;

    /// Whether something was measured and nothing went wrong.
    [[nodiscard]] bool good() const { return operations > 0 && errors.total() == 0; }
};

/// Fields that do not apply are null.
[[nodiscard]] boost::json::object to_json(const Report& report);
[[nodiscard]] std::string to_table(const Report& report);

}  // namespace holdfast::bench
