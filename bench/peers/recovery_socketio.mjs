// Seats on Socket.IO with connection state recovery, as its documentation shows: what belongs to a player is in socket.data.
//
//   recovery_socketio.mjs --port PORT [--redis PORT]    with the adapter that keeps sessions in Redis streams
//
// SIGTERM ends it in an orderly way; SIGHUP moves the round on, as a host would.
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { portFromArguments } from './socketio_handlers.mjs';

const server = createServer();
const redisAt = process.argv.indexOf('--redis');
const options = { serveClient: false, connectionStateRecovery: { maxDisconnectionDuration: 120_000, skipMiddlewares: true } };
let redis;
if (redisAt > 0) {
    const { Redis } = await import('ioredis');
    const { createAdapter } = await import('@socket.io/redis-streams-adapter');
    redis = new Redis(Number(process.argv[redisAt + 1]), '127.0.0.1');
    options.adapter = createAdapter(redis);
}
const io = new Server(server, options);

// A game that wants its round back keeps it where its sessions are; without a store that is memory.
let round = Number((await redis?.get('round')) ?? 5);
await redis?.set('round', round);
const seatsTaken = new Map();

io.on('connection', (socket) => {
    socket.on('join', async (team, acknowledge) => {
        const slot = (seatsTaken.get(team) ?? 0) + 1;
        seatsTaken.set(team, slot);
        socket.data.seat = `${team}/${slot}`;
        await socket.join(team);
        socket.emit('round', round);
        acknowledge(socket.data.seat);
    });
    socket.on('answer', (answer, acknowledge) => {
        socket.data.answer = answer;
        acknowledge();
    });
    socket.on('who am I', (acknowledge) => acknowledge({ seat: socket.data.seat, answer: socket.data.answer }));
});

process.on('SIGHUP', async () => {
    round += 1;
    await redis?.set('round', round);
    io.emit('round', round);
});
process.on('SIGTERM', async () => {
    await io.close();
    // What the adapter saves of each session as it closes has to reach Redis first.
    await redis?.quit();
    process.exit(0);
});
server.listen(portFromArguments(), '127.0.0.1', () => console.log('listening'));
