// Players of Holdfast: stock socket.io-clients that send their token again when they are connected again. See
// bench/continuity/players.mjs for what a kind of players gives.
import { io } from 'socket.io-client';

function next(socket, event) {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no ${event} within 10 seconds`)), 10_000);
        socket.once(event, (data) => {
            clearTimeout(timer);
            resolve(data);
        });
    });
}

let host;
export async function openRound({ url, hostKey }) {
    host = io(url, { transports: ['websocket'], auth: { host_key: hostKey } });
    await new Promise((resolve) => host.once('connect', resolve));
    await host.timeout(10_000).emitWithAck('start_game');
}

// What the host does while players are away: the pause is what they have to know when they are back.
export async function moveOn() {
    await host.timeout(10_000).emitWithAck('pause_game');
}

export async function seatPlayer({ url, index, roundIsOpen }) {
    const socket = io(url, { transports: ['websocket'], forceNew: true });
    const team = `Team ${index >> 1}`;
    const isFirst = index % 2 === 0;
    await next(socket, 'connection_established');
    let token;
    socket.on('reconnection_token', (given) => {
        token = given.token;
    });
    const seated = next(socket, isFirst ? 'team_created' : 'team_joined');
    const firstToken = next(socket, 'reconnection_token');
    // It comes when all are seated and the host begins.
    const question = new Promise((resolve) => socket.once('new_question', resolve));
    socket.emit(isFirst ? 'create_team' : 'join_team', { team_name: team });
    const { player_slot: slot } = await seated;
    await firstToken;

    let asked;
    let back = {};
    let isAnswered = false;
    const ready = roundIsOpen.then(async () => {
        asked = await question;
        // The first of each team has answered, and waits for the second.
        if (isFirst) {
            const confirmed = next(socket, 'answer_confirmed');
            socket.emit('submit_answer', { round_id: asked.round_id, item: asked.item, answer: true });
            await confirmed;
            isAnswered = true;
        }
    });
    socket.on('connect', () => {
        back = {};
        socket.once('connection_established', () => socket.emit('reconnect_with_token', { token }));
    });
    socket.on('team_joined', (told) => {
        back.seat = `${told.team_name}/${told.player_slot}`;
        back.isOver = true;
    });
    socket.on('error', () => {
        back.isOver = true;
    });
    for (const event of ['new_question', 'answer_confirmed', 'game_state_update']) {
        socket.on(event, (told) => {
            back[event] = told;
        });
    }
    const seat = `${team}/${slot}`;
    return {
        seat,
        ready,
        disconnect: () => socket.disconnect(),
        standing: (round) => {
            const hasSeat = back.seat === seat;
            const knowsRound = back.new_question?.round_id === asked?.round_id && back.new_question?.item === asked?.item;
            const knowsAnswer = isAnswered === (back.answer_confirmed !== undefined);
            const knowsPause = (back.game_state_update?.paused ?? false) === (round === 6);
            return { isOver: back.isOver ?? false, seat: hasSeat, state: hasSeat && knowsRound && knowsAnswer && knowsPause };
        },
    };
}
