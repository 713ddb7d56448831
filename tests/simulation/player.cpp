#include <algorithm>
#include <utility>

#include "people.hpp"

namespace holdfast::simulation {

Player::Player(Company& company, std::string name, std::string team_name, bool begins)
    : company_(company),
      name_(std::move(name)),
      team_name_(std::move(team_name)),
      begins_(begins),
      away_until_(company.network.timeline.now()) {
    const auto address = "192.0.2." + std::to_string(10 + company.network.random.below(3));
    for (const char* device : {"phone", "laptop"}) {
        browsers_.push_back(std::make_unique<Browser>(Browser{name_ + " " + device, address, "", ""}));
        for (const char* tab : {" a", " b"}) {
            // Some use an old client, which confirms no tokens.
            tabs_.push_back(std::make_unique<Tab>(company_.network, company_.judge, *browsers_.back(),
                                                  browsers_.back()->name + tab,
                                                  company_.network.plan.no_ack));
        }
    }
    is_open_.assign(tabs_.size(), false);
}

void Player::open(std::size_t tab) {
    main_ = tab;
    if (is_open_[tab]) return;
    is_open_[tab] = true;
    tabs_[tab]->open();
}

void Player::deed() {
    if (settled_) return play();
    if (company_.network.timeline.now() < away_until_) return;
    if (!is_open_[main_]) return open(main_);
    if (chance(company_.network.plan.naughty, random())) return misbehave();
    play();
}

void Player::play() {
    Tab& tab = main();
    if (tab.state() == Tab::State::elsewhere) {
        // The newest wins: go where the seat is, or take it back.
        for (std::size_t other = 0; other < tabs_.size(); ++other) {
            if (is_open_[other] && tabs_[other]->state() != Tab::State::elsewhere) {
                main_ = other;
                return;
            }
        }
        return tab.take_back();
    }
    if (tab.state() != Tab::State::online || tab.is_busy()) return;
    const auto& picture = tab.picture();
    if (!picture.seat) return claim();
    lost_with_phone_.reset();
    // The host has moved us among others; in the end all go home.
    if (settled_ && picture.seat->team_name != team_name_) return tab.command("leave_team", {});
    if (!picture.question || picture.paused || resting_) return;
    if (picture.answer && picture.answer->first == picture.question->round) return;
    tab.answer(chance(500, random()));
}

void Player::claim() {
    const auto& refusal = main().last_refusal();
    if (lost_with_phone_ && !settled_ && main().socket().connected()) {
        return main().socket().emit("ask_for_seat",
                                    {{"team_name", lost_with_phone_->team_name},
                                     {"player_slot", lost_with_phone_->slot},
                                     {"name", name_}},
                                    [](const json::object&) {});
    }
    const auto& kept = company_.codes_of_kept_seats;
    if (!settled_ && !kept.empty() && chance(300, random()))
        return main().command("claim_seat", {{"code", kept[random().below(kept.size())]}});
    std::string event = begins_ ? "create_team" : "join_team";
    if (refusal == "name_in_use" || refusal == "team_active" || refusal == "team_full") event = "join_team";
    if (refusal == "team_unknown" || refusal == "team_dissolved") event = "create_team";
    if (refusal == "team_dissolved" && chance(500, random())) event = "reactivate_team";
    main().command(event, {{"team_name", team_name_}});
}

void Player::misbehave() {
    Tab& tab = main();
    auto& timeline = company_.network.timeline;
    switch (random().below(14)) {
        case 0:
        case 1:  // reload
            tab.close();
            timeline.after(Milliseconds(random().below(1'500)), [this, index = main_] {
                if (is_open_[index]) tabs_[index]->load_anew();
            });
            return;
        case 2:  // a second tab of the same browser
            return open(main_ ^ 1U);
        case 3:
            return change_device();
        case 4:  // away for a while, for longer than the seat is held perhaps
            tab.close();
            is_open_[main_] = false;
            away_until_ = timeline.now() + around(company_.network.plan.grace * 2 / 3, random());
            return;
        case 5:
            if (tab.state() == Tab::State::online && tab.picture().seat && chance(300, random())) {
                tab.command("leave_team", {});
            }
            return;
        case 6:  // a token of long ago, late, on the other device
            if (tab.tokens_seen().empty()) return;
            tabs_[main_ ^ 2U]->browser().token = tab.tokens_seen()[random().below(tab.tokens_seen().size())];
            return open(main_ ^ 2U);
        case 7:
            return tab.socket().send_raw(nonsense(random()));
        case 8:
            return repeat_with_another_answer();
        case 9:  // as if a player were the host
            if (tab.socket().connected()) tab.socket().emit("restart_game", {}, [](const json::object&) {});
            return;
        case 10:  // another tab shows what is in the storage, and the cookies are gone
            tab.browser().cookie.clear();
            return;
        case 11:
            return move_to_other_device();
        case 12:
            return break_phone();
        default:  // a crowd of events
            for (std::size_t count = 20 + random().below(120); count > 0 && tab.socket().connected(); --count)
                tab.socket().emit("get_reconnectable_teams", {}, {});
    }
}

void Player::change_device() {
    const auto other = main_ < 2 ? 2 + random().below(2) : random().below(2);
    auto& token = main().browser().token;
    if (!token.empty()) {
        tabs_[other]->browser().token = token;
        company_.overheard_tokens.push_back(token);
        if (company_.overheard_tokens.size() > 10)
            company_.overheard_tokens.erase(company_.overheard_tokens.begin());
    }
    if (chance(500, random())) {
        main().close();
        is_open_[main_] = false;
    }
    open(other);
}

/// A code from the one, typed on the other.
void Player::move_to_other_device() {
    Tab& tab = main();
    if (tab.state() != Tab::State::online || !tab.picture().seat || !tab.socket().connected()) return;
    const auto other = main_ < 2 ? 2 + random().below(2) : random().below(2);
    tab.socket().emit("get_move_code", {}, [this, other](const json::object& reply) {
        const auto* code = reply.if_contains("code");
        const auto* good = reply.if_contains("ok");
        if (settled_ || code == nullptr || good == nullptr || !good->as_bool()) return;
        open(other);
        auto& sight = company_.codes_in_sight;
        if (chance(600, random())) sight.emplace_back(code->as_string());
        if (sight.size() > 5) sight.erase(sight.begin());
        company_.network.timeline.after(Milliseconds(500 + random().below(4'000)),
                                        [this, other, text = std::string(code->as_string())] {
                                            if (settled_ || main_ != other || main().picture().seat) return;
                                            main().command("move_seat", {{"code", text}});
                                        });
    });
}

/// What was on it is gone with it. The other device knows nothing.
void Player::break_phone() {
    if (!main().picture().seat) return;
    lost_with_phone_ = main().picture().seat;
    const auto other = main_ < 2 ? 2 + random().below(2) : random().below(2);
    for (const auto tab : {main_, main_ ^ 1U}) {
        tabs_[tab]->close();
        is_open_[tab] = false;
        tabs_[tab]->browser().token.clear();
        tabs_[tab]->browser().cookie.clear();
    }
    tabs_[other]->browser().token.clear();
    open(other);
}

/// The same operation id with something else in it.
void Player::repeat_with_another_answer() {
    Tab& tab = main();
    const auto& picture = tab.picture();
    if (!tab.socket().connected() || !picture.question) return;
    const std::string op = name_ + "-twice-" + std::to_string(picture.question->round);
    for (const bool answer : {true, false}) {
        tab.socket().emit("submit_answer",
                          {{"round_id", picture.question->round},
                           {"item", picture.question->item},
                           {"answer", answer},
                           {"op", op}},
                          [](const json::object&) {});
    }
}

void Player::settle_down() {
    settled_ = true;
    // Where the seat is, if there is one: the device that the disk knows, or whoever came last.
    std::size_t best = main_;
    for (std::size_t index = 0; index < tabs_.size(); ++index) {
        if (is_open_[index] && tabs_[index]->state() == Tab::State::online && tabs_[index]->picture().seat)
            best = index;
    }
    for (std::size_t index = 0; index < tabs_.size(); ++index) {
        if (index == best || !is_open_[index]) continue;
        is_open_[index] = false;
        tabs_[index]->close();
    }
    open(best);
    // A naughty one may have said goodbye to the server and stayed: only a question finds that out.
    tabs_[best]->wake();
}

std::string Player::missing() const {
    const Tab& tab = *tabs_[main_];
    const auto& picture = tab.picture();
    if (tab.state() != Tab::State::online) return name_ + " is not online";
    if (!picture.seat) return name_ + " has no seat (" + tab.last_refusal() + ")";
    const auto& truth = company_.witness.truth();
    const auto* team = truth.team_named(team_name_);
    if (team == nullptr || team->seats.size() < picture.seat->slot)
        return name_ + " sits in a team that is not there";
    if (picture.seat->team_name != team_name_) return name_ + " sits in another team";
    const auto index = picture.seat->slot - 1;
    if (team->seats[index].state != seats::SeatState::connected)
        return name_ + " believes to sit, and does not";
    if (!truth.game.started || truth.game.paused) return "the game does not run";
    if (picture.paused || !picture.started) return name_ + " sees another state of the game";
    if (!team->round) return team_name_ + " has no round";
    if (!picture.whole) return name_ + " does not see the partner";
    if (!picture.question || picture.question->round != team->round->id) return name_ + " sees another round";
    if (picture.question->item != std::string(1, team->round->items[index]))
        return name_ + " sees another question";
    const bool answered = picture.answer && picture.answer->first == team->round->id;
    if (answered != team->round->answers[index].has_value()) return name_ + " sees another answer";
    if (answered && picture.answer->second != *team->round->answers[index])
        return name_ + " sees a wrong answer";
    return {};
}

std::uint64_t Player::answers_confirmed() const {
    std::uint64_t sum = 0;
    for (const auto& tab : tabs_)
        sum += tab->answers_confirmed;
    return sum;
}

void Player::go_home() {
    for (const auto& tab : tabs_)
        tab->close();
}

}  // namespace holdfast::simulation
