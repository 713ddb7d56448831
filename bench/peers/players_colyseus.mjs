// Players on Colyseus with the SDK's own reconnection. See bench/continuity/players.mjs for what a kind of players gives.
import { Client } from '@colyseus/sdk';

// Its reconnection says a line for every attempt.
console.info = () => {};

// By default the SDK brings a player back who has been in the room for five seconds.
export const settleSeconds = 6;

export async function seatPlayer({ url, index }) {
    const room = await new Client(url).joinOrCreate('team', { team: index >> 1 });
    const { sessionId } = room;
    room.send('answer', index);
    const own = () => room.state.seats?.get(sessionId);
    const deadline = Date.now() + 10_000;
    while (own()?.answer !== index) {
        if (Date.now() > deadline) throw new Error('the room did not take the answer');
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const { slot } = own();
    let isBack = false;
    let isOver = false;
    room.onDrop(() => {
        isBack = false;
    });
    room.onReconnect(() => {
        isBack = true;
        isOver = true;
    });
    room.onLeave(() => {
        isBack = false;
        isOver = true;
    });
    room.onError(() => {});
    return {
        seat: `Team ${index >> 1}/${slot}`,
        standing: (expectedRound) => {
            const hasSeat = isBack && own()?.slot === slot;
            return { isOver, seat: hasSeat, state: hasSeat && own().answer === index && room.state.round === expectedRound };
        },
    };
}
