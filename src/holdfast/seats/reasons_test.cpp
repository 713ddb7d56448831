// docs/reasons.md promises to be complete: every refusal with its sentence, and everything that can happen to
// a seat with the words of its journal. Here each of these happens, and the page is compared with it.
#include <functional>
#include <map>
#include <set>

#include "holdfast/seats/house_stage.hpp"
#include "holdfast/seats/journal_words.hpp"
#include "holdfast/seats/reasons_page_test_support.hpp"
#include "holdfast/seats/refusals_test_support.hpp"

namespace holdfast::seats {
namespace {

TEST(Reasons, EveryRefusalIsOnThePageOnceWithItsSentence) {
    std::map<std::string, Row> found;
    for (const auto& row : rows_of(read_document("reasons.md"))) {
        if (row.section == "What can happen to a seat") continue;
        ASSERT_EQ(row.cells.size(), 3U) << row.cells.front();
        EXPECT_TRUE(found.emplace(code_words(row.cells[0]).at(0), row).second) << row.cells[0];
    }
    for (const auto refusal : all_refusals()) {
        const std::string code(code_of(refusal));
        ASSERT_TRUE(found.contains(code)) << "docs/reasons.md does not know " << code;
        EXPECT_EQ(found[code].cells[2], sentence_of(refusal)) << code;
        EXPECT_FALSE(found[code].cells[1].empty()) << code;
        EXPECT_EQ(found[code].section == "The token ends", ends_token(refusal)) << code;
        found.erase(code);
    }
    for (const auto& [code, row] : found)
        ADD_FAILURE() << "no refusal has the code " << code;
}

TEST(Reasons, WhatIsCalledACodeOrAFigureThereIsOne) {
    const auto metrics = read_document("metrics.md");
    std::set<std::string> codes;
    for (const auto refusal : all_refusals())
        codes.emplace(code_of(refusal));
    for (const auto& row : rows_of(read_document("reasons.md"))) {
        if (row.section != "What can happen to a seat") continue;
        ASSERT_EQ(row.cells.size(), 4U) << row.cells.front();
        EXPECT_FALSE(row.cells[2].empty()) << "what does its player hear: " << row.cells[0];
        for (const auto& figure : code_words(row.cells[3])) {
            const auto name = figure.substr(0, figure.find('{'));
            EXPECT_NE(metrics.find("`" + name + "`"), std::string::npos) << name;
        }
        const auto reason = code_words(row.cells[1]).at(1);
        if (codes.contains(reason) && reason != "store_unavailable") {
            EXPECT_NE(row.cells[2].find(reason), std::string::npos)
                << "who loses a seat over " << reason << " hears the same";
        }
    }
}

// ---- everything that can happen, each once

/// Foxes: 1 and 2 sit there, on devices of their own. Geese: 3 does, and seat 2 is free.
struct Scene : Stage {
    static HouseSettings settings_with(std::int64_t grace, std::int64_t token_life) {
        HouseSettings settings;
        settings.grace = Milliseconds{grace};
        settings.token_life = Milliseconds{token_life};
        return settings;
    }
    explicit Scene(std::int64_t grace_given = 600'000, std::int64_t token_life_given = 3'600'000)
        : Stage(settings_with(grace_given, token_life_given)) {
        fox = create(1, "Foxes", "fox").token;
        join(2, "Foxes", "other fox");
        create(3, "Geese", "goose");
        run(host(StartGame{}));
    }
    std::string code() { return the<MoveOffered>(run(command(1, OfferMove{}, "fox"))).code; }
    std::uint64_t request() {
        lose(1);
        run(command(7, AskForSeat{"Foxes", 1, "Ann", "192.0.2.7"}, "new phone"));
        return house->claims().requests->open().front().id;
    }
    void leave_geese() { run(command(3, LeaveTeam{}, "goose")); }
    void move() { run(host(MovePlayer{1, 1, 2, 2})); }
    /// The player of Foxes 1 comes with the token, from that page.
    void comes(PageName page, ConnectionId connection, std::string_view device = "fox") {
        auto asked = command(connection, ReconnectWithToken{fox}, device);
        asked.page = page;
        run(asked);
    }
    void ban() { run(host(BanDevice{1, 1})); }

    std::string fox;
};

struct Deed {
    const char* what;
    const char* reason;
    std::function<void(Scene&)> done;
    /// What whoever had the seat hears at once.
    std::optional<Refusal> heard = std::nullopt;
    /// When the one who had the seat shows the token afterwards, from the device.
    std::optional<Refusal> on_return = std::nullopt;
    std::int64_t grace = 600'000;
    std::int64_t token_life = 3'600'000;
};

const std::vector<Deed>& deeds() {
    static const std::vector<Deed> list{
        {"joined", "create_team", [](Scene& scene) { scene.create(8, "Owls"); }},
        {"joined", "reactivate_team",
         [](Scene& scene) {
             scene.leave_geese();
             scene.run(command(8, ReactivateTeam{"Geese"}));
         }},
        {"joined", "join_team", [](Scene& scene) { scene.join(8, "Geese"); }},
        {"joined", "reservation",
         [](Scene& scene) {
             const auto kept = the<SeatReserved>(scene.run(host(ReserveSeat{"Geese", 2, "Ann"})));
             scene.run(command(8, MoveHere{kept.code}, "phone of Ann"));
         }},
        {"away", "closed_page",
         [](Scene& scene) { scene.run(command(1, ConnectionLost{AwayCause::closed_page})); }},
        {"away", "connection_lost", [](Scene& scene) { scene.lose(1); }},
        {"away", "server_restart", [](Scene& scene) { scene.restart(); }},
        {"away", "stale_session",
         [](Scene& scene) {
             scene.run(command(0, SynchroniseWithStore{{2, 3}}));
         }},
        {"resumed", "token",
         [](Scene& scene) {
             scene.lose(1);
             scene.resume(8, scene.fox, "fox");
         }},
        {"resumed", "previous_token",
         [](Scene& scene) {
             for (const ConnectionId connection : {8U, 9U}) {
                 scene.lose(connection == 8 ? 1 : 8);
                 scene.resume(connection, scene.fox, "fox");
             }
         }},
        {"resumed", "moved_token",
         [](Scene& scene) {
             scene.lose(1);
             scene.move();
             scene.resume(8, scene.fox, "fox");
         }},
        {"resumed", "device",
         [](Scene& scene) {
             scene.lose(1);
             scene.join(8, "Foxes", "fox");
         }},
        {"resumed", "store_unavailable",
         [](Scene& scene) {
             scene.lose(1);
             scene.down(command(8, ReconnectWithToken{scene.fox}, "fox"));
             scene.run(command(0, SynchroniseWithStore{{2, 3, 8}}));
         }},
        {"resumed", "reload",
         [](Scene& scene) {
             scene.comes({1, 1}, 8);
             scene.comes({1, 2}, 9);
         }},
        {"resumed", "new_connection",
         [](Scene& scene) {
             scene.comes({1, 1}, 8);
             scene.comes({1, 1}, 9);
         }},
        {"taken_over", "second_tab",
         [](Scene& scene) {
             scene.comes({1, 1}, 8);
             scene.comes({2, 2}, 9);
         },
         Refusal::taken_over},
        {"taken_over", "other_device",
         [](Scene& scene) {
             scene.comes({1, 1}, 8);
             scene.comes({2, 2}, 9, "laptop");
         },
         Refusal::taken_over},
        {"taken_over", "token", [](Scene& scene) { scene.resume(8, scene.fox, "fox"); }, Refusal::taken_over},
        {"taken_over", "previous_token",
         [](Scene& scene) {
             scene.resume(8, scene.fox, "fox");
             scene.resume(9, scene.fox, "fox");
         },
         Refusal::taken_over},
        {"taken_over", "moved_token",
         [](Scene& scene) {
             scene.move();
             scene.resume(8, scene.fox, "fox");
         },
         Refusal::taken_over},
        {"taken_over", "device",
         [](Scene& scene) {
             scene.run(command(7, JoinTeam{"Geese"}, "badger", "the same"));
             scene.run(command(8, JoinTeam{"Geese"}, "badger", "the same"));
         },
         Refusal::taken_over},
        {"moved", "code",
         [](Scene& scene) {
             const auto code = scene.code();
             scene.run(command(8, MoveHere{code}, "new phone"));
         },
         Refusal::seat_moved, Refusal::token_retired},
        {"moved", "request", [](Scene& scene) { scene.run(host(ApproveRequest{scene.request()})); },
         std::nullopt, Refusal::token_retired},
        {"left", "player", [](Scene& scene) { scene.run(command(1, LeaveTeam{}, "fox")); }, std::nullopt,
         Refusal::token_retired},
        {"released", "host",
         [](Scene& scene) {
             scene.run(host(ReleaseSeat{1, 1}));
         },
         Refusal::seat_released, Refusal::seat_released},
        {"released", "device_banned", [](Scene& scene) { scene.ban(); }, Refusal::device_banned,
         Refusal::device_banned},
        {"expired", "deadline",
         [](Scene& scene) {
             scene.lose(1);
             scene.wait(Milliseconds{11'000});
         },
         std::nullopt, Refusal::seat_expired, 10'000, 20'000},
        {"moved_away", "host", [](Scene& scene) { scene.move(); }},
        {"moved_here", "host", [](Scene& scene) { scene.move(); }},
        {"held_here", "host",
         [](Scene& scene) {
             scene.lose(1);
             scene.move();
         }},
        {"hold_extended", "host",
         [](Scene& scene) {
             scene.lose(1);
             scene.run(host(ExtendHold{1, 1, Milliseconds{60'000}}));
         }},
        {"grace_set", "host", [](Scene& scene) { scene.run(host(SetGrace{Milliseconds{60'000}})); }},
        {"request_refused", "host", [](Scene& scene) { scene.run(host(RefuseRequest{scene.request()})); }},
        {"reserved", "host",
         [](Scene& scene) {
             scene.run(host(ReserveSeat{"Geese", 2, "Ann"}));
         }},
        {"reservation_withdrawn", "host",
         [](Scene& scene) {
             scene.run(host(ReserveSeat{"Geese", 2, "Ann"}));
             scene.run(host(WithdrawReservation{2, 2}));
         }},
        {"ban_lifted", "host",
         [](Scene& scene) {
             scene.ban();
             scene.run(host(LiftBan{scene.house->claims().bans->list().begin()->id}));
         }},
        {"token_expired", "deadline",
         [](Scene& scene) {
             scene.lose(1);
             scene.wait(Milliseconds{11'000});
         },
         std::nullopt, Refusal::token_expired, 20'000, 10'000},
        {"token_refused", "token_unknown",
         [](Scene& scene) {
             Scene newer;
             const auto token = the<Seated>(newer.resume(8, newer.fox)).token;
             scene.resume(8, token);
         }},
        {"token_refused", "token_expired",
         [](Scene& scene) {
             scene.lose(1);
             scene.wait(Milliseconds{11'000});
             scene.resume(8, scene.fox);
         },
         std::nullopt, std::nullopt, 20'000, 10'000},
        {"token_refused", "token_retired",
         [](Scene& scene) {
             scene.run(command(1, LeaveTeam{}, "fox"));
             scene.resume(8, scene.fox);
         }},
        {"token_refused", "seat_released",
         [](Scene& scene) {
             scene.run(host(ReleaseSeat{1, 1}));
             scene.resume(8, scene.fox);
         }},
        {"token_refused", "seat_expired",
         [](Scene& scene) {
             scene.lose(1);
             scene.wait(Milliseconds{11'000});
             scene.resume(8, scene.fox);
         },
         std::nullopt, std::nullopt, 10'000, 20'000},
    };
    return list;
}

std::vector<JournalPair> journal_of(const Scene& scene) {
    std::vector<JournalPair> pairs;
    for (const auto& entry : scene.disk.journal)
        pairs.emplace_back(entry.what, entry.reason);
    return pairs;
}

TEST(Reasons, EverythingOnThePageHappensAndIsInTheJournal) {
    std::set<JournalPair> shown;
    for (const auto& deed : deeds()) {
        SCOPED_TRACE(std::string(deed.what) + ", " + deed.reason);
        Scene scene(deed.grace, deed.token_life);
        const auto before = scene.disk.journal.size();
        deed.done(scene);
        const auto pairs = journal_of(scene);
        const JournalPair wanted{deed.what, deed.reason};
        EXPECT_NE(std::find(pairs.begin() + static_cast<std::ptrdiff_t>(before), pairs.end(), wanted),
                  pairs.end());
        shown.insert(wanted);
    }
    const auto page = documented_pairs();
    EXPECT_EQ(shown, page) << "docs/reasons.md, and what can happen";
}

TEST(Reasons, EveryWordOfTheJournalIsOnThePage) {
    const auto page = read_document("reasons.md");
    for (const auto& word : journal_whats)
        EXPECT_NE(page.find("`" + std::string(word.code) + "`"), std::string::npos) << word.code;
    for (const auto& word : journal_reasons) {
        if (word.code == "none") continue;
        EXPECT_NE(page.find("`" + std::string(word.code) + "`"), std::string::npos) << word.code;
    }
}

TEST(Reasons, WhoLosesASeatHearsTheCodeAtOnceAndOnReturn) {
    for (const auto& deed : deeds()) {
        SCOPED_TRACE(std::string(deed.what) + ", " + deed.reason);
        Scene scene(deed.grace, deed.token_life);
        std::vector<Refusal> heard;
        scene.on_decision = [&](const Decision& decision) {
            for (const auto& unseated : all<Unseated>(decision))
                if (unseated.reason) heard.push_back(*unseated.reason);
            if (!all<TakenOver>(decision).empty()) heard.push_back(Refusal::taken_over);
        };
        deed.done(scene);
        if (deed.heard) {
            ASSERT_FALSE(heard.empty());
            EXPECT_EQ(heard.back(), *deed.heard);
        }
        if (deed.on_return) {
            EXPECT_EQ(scene.resume(99, scene.fox, "fox").refusal, *deed.on_return);
        }
    }
}

}  // namespace
}  // namespace holdfast::seats
