// The seats alone: a house over a store in memory opens, and is empty.
#include <holdfast/base/random.hpp>
#include <holdfast/games/paired_game.hpp>
#include <holdfast/seats/house.hpp>
#include <holdfast/store/memory_store.hpp>
#include <string>

using namespace holdfast;

int main() {
    SecureRandom random;
    const games::PairedGame game;
    store::MemoryStore store;
    auto content = store.load();
    if (!content) return 1;
    seats::HouseSettings settings;
    settings.token_secret = random.base64url(32);
    const seats::House house(settings, game, random);
    return house.team_count() == 0 ? 0 : 1;
}
