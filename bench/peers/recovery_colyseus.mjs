// Seats on Colyseus, as its documentation shows: rooms of two with allowReconnection, default driver and presence.
//
//   recovery_colyseus.mjs --port PORT [--dev-mode]    with devMode, which brings rooms back after an orderly restart
//
// It handles SIGTERM by itself; SIGHUP moves the round on, as a host would.
import { Room, Server } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { WebSocket } from 'ws';
import { portFromArguments } from './socketio_handlers.mjs';

// It takes for granted what Node has had since version 22; without it no reconnection succeeds.
globalThis.WebSocket ??= WebSocket;

const Seat = schema({ slot: t.number(), answer: t.number() });
const Play = schema({ round: t.number(), seats: t.map(Seat) });
const rooms = new Set();

class Team extends Room {
    maxClients = 2;
    state = new Play();
    messages = {
        answer: (client, answer) => {
            this.state.seats.get(client.sessionId).answer = answer;
        },
    };

    onCreate() {
        this.state.round = 5;
        rooms.add(this);
    }

    onJoin(client) {
        // In development mode who comes back to a room that came back joins it once more.
        if (this.state.seats.has(client.sessionId)) return;
        const seat = new Seat();
        seat.slot = this.state.seats.size + 1;
        seat.answer = 0;
        this.state.seats.set(client.sessionId, seat);
    }

    async onDrop(client) {
        await this.allowReconnection(client, 120);
    }

    onLeave(client) {
        this.state.seats.delete(client.sessionId);
    }

    onDispose() {
        rooms.delete(this);
    }
}

process.on('SIGHUP', () => {
    for (const room of rooms) room.state.round += 1;
});
const server = new Server({ transport: new WebSocketTransport(), greet: false, devMode: process.argv.includes('--dev-mode') });
server.define('team', Team).filterBy(['team']);
await server.listen(portFromArguments(), '127.0.0.1');
console.log('listening');
