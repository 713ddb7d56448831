// The scenarios: each runs against a server and fills in the report of its Run.
#pragma once

#include "holdfast/bench/child.hpp"
#include "holdfast/bench/run.hpp"

namespace holdfast::bench {

void run_ack(Run& run);
void run_latency(Run& run);
void run_broadcast(Run& run);
void run_connect(Run& run);
void run_idle(Run& run);
void run_seats(Run& run);
/// `server` is the server, if this program has started it.
void run_storm(Run& run, Child& server);
void run_lobby(Run& run);

}  // namespace holdfast::bench
