// A sequence of batches that touches every table, for the fault tests.
#pragma once

#include <vector>

#include "holdfast/seats/records.hpp"
#include "holdfast/store/testing/model.hpp"
#include "holdfast/store/testing/sample_records.hpp"

namespace holdfast::store::testing {

using Batch = std::vector<seats::Changes>;

/// Twelve batches: teams come and change, rounds are played, the game is restarted. One of them is large.
inline std::vector<Batch> make_script() {
    using namespace seats;
    Distinct distinct(5'000);
    std::vector<Batch> script;
    const auto team = [&](TeamId id, std::uint64_t version, std::size_t progress_bytes = 10) {
        TeamRecord record = sample_team(id, version, distinct);
        record.progress.assign(progress_bytes, 'p');
        return PutTeam{record, version - 1};
    };
    const auto journal = [&](TeamId id) { return AppendJournal{sample_journal(id, 1, distinct)}; };
    const auto answer = [&] { return PutAnswer{sample_answer(distinct)}; };
    const auto round = [&](TeamId id) { return PutFinishedRound{id, sample_round(distinct)}; };
    const auto operation = [&] { return PutOperation{sample_operation(distinct)}; };
    script.push_back({{team(1, 1), journal(1), operation()}});
    script.push_back({{team(2, 1), journal(2)}, {team(3, 1), journal(3), operation()}});
    script.push_back({{PutGame{sample_game(distinct)}}});
    script.push_back({{answer(), team(1, 2)}, {answer(), round(1), team(1, 3), journal(1)}});
    script.push_back({{team(4, 1, 9'000)}, {team(5, 1, 5'000), operation()}});
    script.push_back({{journal(1)}, {journal(2)}, {journal(3)}});
    script.push_back({{round(2), team(2, 2), answer()}, {PutGame{sample_game(distinct)}}});
    script.push_back({{ClearRounds{}, PutGame{sample_game(distinct)}}});
    script.push_back({{ForgetOperations{{1'000'000}}, operation()}});
    script.push_back({{team(4, 3, 12'000), answer(), round(4)}});
    script.push_back({{answer()}, {team(3, 3), journal(3)}});
    script.push_back({{team(1, 5), operation(), journal(1), round(1)}});
    return script;
}

}  // namespace holdfast::store::testing
