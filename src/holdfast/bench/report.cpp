#include "holdfast/bench/report.hpp"

#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>

namespace holdfast::bench {

namespace {

double rounded(double value, double digits) {
    return std::round(value * digits) / digits;
}

double microseconds(std::uint64_t nanoseconds) {
    return rounded(static_cast<double>(nanoseconds) / 1000, 10);
}

/// 1234567.8 -> "1,234,568"; small numbers keep up to three digits behind the point.
std::string readable(double value) {
    std::array<char, 64> text{};
    const double size = std::abs(value);
    const int digits = size == 0 || size >= 100 || value == std::floor(value) ? 0
                       : size >= 10                                           ? 1
                       : size >= 1                                            ? 2
                                                                              : 4;
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    std::string number = text.data();
    const std::size_t point = std::min(number.find('.'), number.size());
    const std::size_t first = value < 0 ? 1 : 0;
    for (std::size_t at = point; at > first + 3; at -= 3)
        number.insert(at - 3, ",");
    return number;
}

std::string spoken(std::string name) {
    for (char& character : name)
        if (character == '_') character = ' ';
    return name;
}

void line(std::string& table, const std::string& name, const std::string& value) {
    std::array<char, 256> text{};
    std::snprintf(text.data(), text.size(), "  %-36s %16s\n", name.c_str(), value.c_str());
    table += text.data();
}

std::string of_value(const boost::json::value& value) {
    if (value.is_double()) return readable(value.get_double());
    if (value.is_int64()) return readable(static_cast<double>(value.get_int64()));
    if (value.is_uint64()) return readable(static_cast<double>(value.get_uint64()));
    if (value.is_string()) return value.get_string().c_str();
    return boost::json::serialize(value);
}

constexpr std::array<std::pair<const char*, double>, 4> percentiles{
    {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99_9", 99.9}}};

}  // namespace

boost::json::object to_json(const Report& report) {
    boost::json::object json;
    const auto count = static_cast<double>(report.operations);
    json["scenario"] = name_of(report.scenario);
    json["protocol"] = name_of(report.protocol);
    json["connections"] = report.connections;
    json["in_flight"] = report.in_flight;
    json["seconds"] = rounded(report.seconds, 1e6);
    json["operations"] = report.operations;
    // Connections that are held are not done over and over: they have no rate.
    const bool repeated = report.scenario != Scenario::idle;
    json["operations_per_second"] = nullptr;
    if (repeated)
        json["operations_per_second"] = report.seconds > 0 ? rounded(count / report.seconds, 100) : 0.0;
    const bool measured = repeated && report.operations > 0 && report.server_cpu_seconds.value_or(0) > 0;
    json["server_cpu_seconds"] = nullptr;
    json["operations_per_cpu_second"] = nullptr;
    json["cpu_us_per_operation"] = nullptr;
    if (report.server_cpu_seconds) json["server_cpu_seconds"] = rounded(*report.server_cpu_seconds, 1e6);
    if (measured) {
        json["operations_per_cpu_second"] = rounded(count / *report.server_cpu_seconds, 100);
        json["cpu_us_per_operation"] = rounded(*report.server_cpu_seconds * 1e6 / count, 1e4);
    }
    json["load_cpu_seconds"] = rounded(report.load_cpu_seconds, 1e6);
    json["latency_us"] = nullptr;
    if (report.latency_ns.count() > 0) {
        boost::json::object latency;
        for (const auto& [name, percent] : percentiles)
            latency[name] = microseconds(report.latency_ns.percentile(percent));
        latency["max"] = microseconds(report.latency_ns.max());
        json["latency_us"] = std::move(latency);
    }
    json["resident_bytes_per_connection"] = nullptr;
    if (report.resident_bytes_per_connection)
        json["resident_bytes_per_connection"] = rounded(*report.resident_bytes_per_connection, 10);
    json["bytes_received"] = report.bytes_received;
    for (const Extra& extra : report.extras)
        json[extra.name] = extra.value;
    boost::json::object errors;
    for (const auto& [name, entry] : report.errors.entries())
        errors[name] = entry.count;
    json["errors"] = std::move(errors);
    json["error_total"] = report.errors.total();
    return json;
}

std::string to_table(const Report& report) {
    const boost::json::object json = to_json(report);
    std::string table =
        std::string("\n") + name_of(report.scenario) + " (" + name_of(report.protocol) + ")\n";
    line(table, "clients", readable(static_cast<double>(report.connections)));
    line(table, "in flight", readable(static_cast<double>(report.in_flight)));
    line(table, "seconds", readable(report.seconds));
    line(table, report.operation_name, readable(static_cast<double>(report.operations)));
    if (!json.at("operations_per_second").is_null())
        line(table, "  per second", of_value(json.at("operations_per_second")));
    if (!json.at("operations_per_cpu_second").is_null()) {
        line(table, "  per second of server CPU", of_value(json.at("operations_per_cpu_second")));
        line(table, "  server CPU each, us", of_value(json.at("cpu_us_per_operation")));
    }
    if (report.server_cpu_seconds) line(table, "server CPU, seconds", readable(*report.server_cpu_seconds));
    line(table, "this program's CPU, seconds", readable(report.load_cpu_seconds));
    if (report.latency_ns.count() > 0) {
        const auto& latency = json.at("latency_us").get_object();
        line(table, "latency, us: half of all within", of_value(latency.at("p50")));
        line(table, "  90 %", of_value(latency.at("p90")));
        line(table, "  99 %", of_value(latency.at("p99")));
        line(table, "  99.9 %", of_value(latency.at("p99_9")));
        line(table, "  the slowest", of_value(latency.at("max")));
    }
    if (report.resident_bytes_per_connection)
        line(table, "resident bytes a connection", readable(*report.resident_bytes_per_connection));
    line(table, "bytes received", readable(static_cast<double>(report.bytes_received)));
    for (const Extra& extra : report.extras)
        line(table, spoken(extra.name), of_value(extra.value));
    if (report.errors.total() == 0) line(table, "errors", "none");
    for (const auto& [name, entry] : report.errors.entries()) {
        line(table, "ERROR " + spoken(name), readable(static_cast<double>(entry.count)));
        if (!entry.first_detail.empty()) table += "    the first: " + entry.first_detail + "\n";
    }
    if (report.operations == 0) table += "  Nothing was measured.\n";
    return table;
}

}  // namespace holdfast::bench
