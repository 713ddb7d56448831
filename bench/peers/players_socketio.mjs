// Players on Socket.IO with connection state recovery. See bench/continuity/players.mjs for what a kind of players gives.
import { io } from 'socket.io-client';

export async function seatPlayer({ url, index }) {
    const socket = io(url, { transports: ['websocket'], forceNew: true });
    await new Promise((resolve) => socket.once('connect', resolve));
    let round;
    socket.on('round', (now) => {
        round = now;
    });
    const seat = await socket.emitWithAck('join', `Team ${index >> 1}`);
    await socket.emitWithAck('answer', index);
    let back = { seat: undefined, answer: undefined, isOver: false };
    socket.on('connect', async () => {
        back = socket.recovered ? { ...(await socket.emitWithAck('who am I')), isOver: true } : { isOver: true };
    });
    return {
        seat,
        standing: (expectedRound) => ({
            isOver: back.isOver,
            seat: back.seat === seat,
            state: back.seat === seat && back.answer === index && round === expectedRound,
        }),
    };
}
