// permessage-deflate with real clients, which offer it by themselves. The server is the echo example.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { io } from 'socket.io-client';
import { io as oldIo } from 'socket.io-client-4-0';
import { WebSocket } from 'ws';
import { freePort, program } from '../support/server.mjs';

const echo = join(process.env.HOLDFAST_BUILD ?? join(program, '..', '..'), 'examples', 'echo');
let server;
let port;

before(async () => {
    port = await freePort();
    server = spawn(echo, ['--listen', `127.0.0.1:${port}`, '--websocket-compression'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((done, failed) => {
        server.stdout.once('data', done);
        server.once('exit', () => failed(new Error(`${echo} did not start`)));
    });
});
after(async () => {
    const ended = new Promise((done) => server.once('exit', done));
    server.kill('SIGTERM');
    await ended;
});

const letters = (count) => 'a seat is kept '.repeat(count / 15 + 1).slice(0, count);

/** A plain WebSocket in the main namespace, with a reader of messages. */
async function join_with_ws(options = {}) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`, options);
    const messages = [];
    let wake = () => {};
    socket.on('message', (data, binary) => {
        messages.push(binary ? data : data.toString());
        wake();
    });
    socket.next = async () => {
        while (messages.length === 0) await new Promise((done) => (wake = done));
        return messages.shift();
    };
    await new Promise((done, failed) => {
        socket.once('open', done);
        socket.once('error', failed);
    });
    assert.match(await socket.next(), /^0/);
    socket.send('40');
    assert.match(await socket.next(), /^40/);
    return socket;
}

test('ws agrees on compression without context takeover and echoes in both directions', async () => {
    const socket = await join_with_ws();
    assert.match(socket.extensions, /^permessage-deflate/);
    for (const size of [1, 1023, 1024, 1025, 65_535, 65_536, 900_000]) {
        const text = letters(size);
        socket.send(`421["echo","${text}"]`, { compress: true });
        assert.equal(await socket.next(), `431["${text}"]`, `${size} bytes`);
    }
    const before = socket._socket.bytesRead;
    socket.send(`421["echo","${letters(500_000)}"]`);
    await socket.next();
    assert.ok(socket._socket.bytesRead - before < 50_000, 'what came back was compressed');
    socket.close();
});

test('fragments, binary attachments and noise survive compression', async () => {
    const socket = await join_with_ws();
    const noise = randomBytes(100_000);
    socket.send('451-2["echo",{"_placeholder":true,"num":0}]');
    socket.send(noise.subarray(0, 10), { fin: false });
    socket.send(noise.subarray(10, 50_000), { fin: false });
    socket.send(noise.subarray(50_000), { fin: true });
    assert.equal(await socket.next(), '461-2[{"_placeholder":true,"num":0}]');
    assert.deepEqual(await socket.next(), noise);
    socket.close();
});

test('a client with a small window gets what it can read; one that offers nothing gets it plain', async () => {
    for (const perMessageDeflate of [{ serverMaxWindowBits: 9 }, { clientMaxWindowBits: 10 }, { serverNoContextTakeover: true }, false]) {
        const socket = await join_with_ws({ perMessageDeflate });
        assert.equal(socket.extensions.startsWith('permessage-deflate'), perMessageDeflate !== false);
        const text = letters(200_000);
        socket.send(`421["echo","${text}"]`);
        assert.equal(await socket.next(), `431["${text}"]`, JSON.stringify(perMessageDeflate));
        socket.close();
    }
});

test('a message that unpacks to more than the limit closes with 1009, and nobody else notices', async () => {
    const neighbour = await join_with_ws();
    const bomber = await join_with_ws();
    const closed = new Promise((done) => bomber.once('close', done));
    bomber.send(`42["echo","${letters(50_000_000)}"]`);
    assert.equal(await closed, 1009);
    neighbour.send('427["echo"]');
    assert.equal(await neighbour.next(), '437[]');
    neighbour.close();
});

for (const [name, client] of [['newest', io], ['4.0', oldIo]]) {
    test(`socket.io-client ${name}: large events, binary and a broadcast to compressed and plain clients`, async () => {
        const connect = (options) =>
            new Promise((done, failed) => {
                const socket = client(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true, ...options });
                socket.on('connect', () => done(socket));
                socket.on('connect_error', failed);
            });
        const sockets = [await connect(), await connect(), await connect({ perMessageDeflate: false })];
        const text = letters(100_000);
        const answer = await new Promise((done) => sockets[0].emit('echo', text, Buffer.from([1, 2, 3]), done));
        assert.equal(answer, text);
        const heard = sockets.map((socket) => new Promise((done) => socket.on('bcast', done)));
        sockets[0].emit('bcast', text);
        for (const one of await Promise.all(heard)) assert.equal(one, text);
        for (const socket of sockets) socket.close();
    });
}
