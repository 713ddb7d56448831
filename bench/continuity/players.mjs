// A process full of players of one kind, told by its parent what to do.
//
//   players.mjs KIND URL COUNT [HOST KEY]
//
// A kind is peers/players_KIND.mjs. It gives seatPlayer({url, index, roundIsOpen}), which answers, once the player has a seat,
// { seat, ready?, standing(round) }: standing tells after a disruption whether the player has that seat again, whether it
// knows the state of play (round is 5, or 6 when the host moved on meanwhile), and whether that isOver. A kind may give
// openRound, moveOn (where the host is a client) and settleSeconds (how long players have to be seated first).
const [, , kind, url, count, hostKey] = process.argv;
const { seatPlayer, openRound, moveOn, settleSeconds = 1 } = await import(`../peers/players_${kind}.mjs`);

// A client library that throws takes one player's hope with it, not those of the others.
process.on('uncaughtException', (error) => process.send({ trouble: error.message }));
process.on('unhandledRejection', (error) => process.send({ trouble: error?.message ?? String(error) }));
process.on('disconnect', () => process.exit(0));

let open;
const roundIsOpen = new Promise((resolve) => {
    open = resolve;
});
const players = [];
let hasMovedOn = false;

process.on('message', async (asked) => {
    if (asked === 'move on') {
        hasMovedOn = true;
        await moveOn?.();
    } else if (asked === 'tell') {
        const standings = players.map((player) => player.standing(hasMovedOn ? 6 : 5));
        const many = (what) => standings.filter((one) => one[what]).length;
        process.send({ standing: { over: many('isOver'), seats: many('seat'), state: many('state') } });
    }
});

try {
    // In order, and a few at a time: teams of two fill up in the order of their players.
    for (let index = 0; index < Number(count); index += 1) players.push(await seatPlayer({ url, index, roundIsOpen }));
    if (new Set(players.map((player) => player.seat)).size !== players.length) throw new Error('two players have one seat');
    await openRound?.({ url, hostKey });
    open();
    await Promise.all(players.map((player) => player.ready));
    process.send({ seated: { settleSeconds, ownHost: moveOn !== undefined } });
} catch (error) {
    process.send({ failed: error.message });
}
