// The scenarios: each runs against a server and fills in the report of its Run.
#pragma once

#include "holdfast/bench/run.hpp"

namespace holdfast::bench {

void run_ack(Run& run);
void run_latency(Run& run);
void run_broadcast(Run& run);
void run_connect(Run& run);
void run_idle(Run& run);

}  // namespace holdfast::bench
