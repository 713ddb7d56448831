// An upgrade that breaks off in the middle: the page must not sit there until a heartbeat fails.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectSocket } from '../../web/client/dist/socket.js';
import { Network } from '../support/network.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

// A heartbeat that never comes within the test, so that it cannot be what helps.
const server = new HoldfastServer({ options: ['--ping-interval-ms', '600000'] });
const network = new Network(server);

before(async () => {
    await server.start();
    await network.start();
});
after(async () => {
    await network.dispose();
    await server.dispose();
});

test('the client of the pages comes back when its WebSocket breaks between probe and upgrade', async () => {
    let broken = 0;
    network.breakBehind = (bytes) => broken === 0 && bytes.includes('3probe') && ++broken === 1;
    const socket = connectSocket({ url: network.url });
    socket.io.opts.transports = ['polling', 'websocket'];
    let connections = 0;
    let greetedOn = 0;
    socket.io.on('open', () => (connections += 1));
    socket.on('connection_established', () => (greetedOn = connections));
    socket.connect();
    try {
        // The first connection may break before its greeting has come, and before the namespace is joined.
        await until('the upgrade to break', () => broken === 1);
        await until('the client to be greeted anew', () => greetedOn === 2);
        await until('the upgrade to succeed', () => socket.io.engine.transport.name === 'websocket');
        const reply = await new Promise((done) => socket.emit('get_reconnectable_teams', {}, done));
        assert.ok(Array.isArray(reply.teams));
    } finally {
        socket.disconnect();
    }
});
