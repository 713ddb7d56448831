// Times the paths with Google Benchmark; its options apply, for instance:
//
//   holdfast_microbenchmarks --benchmark_filter=socketio --benchmark_repetitions=5
//   holdfast_microbenchmarks --benchmark_out=times.json --benchmark_out_format=json
//   holdfast_microbenchmarks --benchmark_min_time=0     each path only a moment: do they run?
#include <benchmark/benchmark.h>

#include <cstdint>
#include <exception>
#include <string>

#include "path.hpp"

namespace {

void measure(benchmark::State& state, const holdfast::bench::PathInfo& info) {
    try {
        const auto path = info.make();
        path->prepare(info.operations);
        path->run(info.operations);
        // One iteration is one operation, so the time that is printed is that of one operation.
        while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(info.operations))) {
            state.PauseTiming();
            path->prepare(info.operations);
            state.ResumeTiming();
            path->run(info.operations);
        }
        if (const auto complaint = path->complaint(); !complaint.empty()) {
            state.SkipWithError(complaint.c_str());
        }
        state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
    } catch (const std::exception& failure) {
        state.SkipWithError(failure.what());
    }
}

}  // namespace

int main(int argument_count, char** arguments) {
    benchmark::Initialize(&argument_count, arguments);
    if (benchmark::ReportUnrecognizedArguments(argument_count, arguments)) return 2;
    for (const auto& info : holdfast::bench::all_paths()) {
        benchmark::RegisterBenchmark(std::string(info.name).c_str(), measure, info)
            ->Unit(benchmark::kNanosecond);
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
