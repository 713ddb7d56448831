// Every version of the official JavaScript client, over each transport, all at once: the server is killed, stopped, frozen;
// a client is frozen. Whoever can come back comes back, and hears the right reason.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, test } from 'node:test';
import { ClientServer, Visitor, until, versions, ways } from './support.mjs';

const quickPings = ['--ping-interval', '500', '--ping-timeout', '2500'];
let server;
let visitors;

/** One visitor for each version and way; `visitor.way` and `visitor.version` say which it is. */
async function gather() {
    await server.start();
    const list = Object.entries(versions).flatMap(([version, client]) =>
        Object.entries(ways).map(async ([name, way]) => {
            const visitor = await Visitor.connect(server, client, way);
            return Object.assign(visitor, { version, name, way, firstId: visitor.socket.id });
        }),
    );
    visitors = await Promise.all(list);
}

/** All are there again, with new sids, and a word goes to and fro. */
async function allAreBack() {
    for (const visitor of visitors) {
        await visitor.next('connect');
        assert.notEqual(visitor.socket.id, visitor.firstId);
        assert.deepEqual(await visitor.request('echo', visitor.version), [visitor.version]);
        await visitor.arrived(visitor.way);
    }
}

beforeEach(() => {
    server = new ClientServer(...quickPings);
    visitors = [];
});
afterEach(() => {
    for (const visitor of visitors) visitor.close();
    return server.dispose();
});

test('after kill -9 all come back, and what they said meanwhile arrives once', async () => {
    await gather();
    await server.end('SIGKILL');
    for (const visitor of visitors) {
        const [reason] = await visitor.next('disconnect');
        assert.equal(reason, visitor.way.transport === 'websocket' ? 'transport close' : 'transport error');
        visitor.emit('send back', 'said while the server was away');
    }
    await server.start();
    await allAreBack();
    for (const visitor of visitors) {
        assert.deepEqual(await visitor.next('back'), ['said while the server was away']);
        assert.equal(visitor.count('back'), 0);
    }
});

test('a stop is told with last words, is clean, and all come back', async () => {
    await gather();
    const { code } = await server.end('SIGTERM');
    assert.equal(code, 0);
    for (const visitor of visitors) {
        const [reason] = await visitor.next('disconnect');
        // Never "io server disconnect", after which they would stay away.
        assert.match(reason, /^transport (close|error)$/);
    }
    const heard = (transport) =>
        visitors.filter((visitor) => visitor.way.transport === transport && visitor.count('goodbye') === 1);
    assert.equal(heard('websocket').length, visitors.filter((visitor) => visitor.way.transport === 'websocket').length);
    // Whoever is between two polls at that moment misses them. From 4.5 on, clients would also miss what shares its payload
    // with a close.
    assert.ok(heard('polling').some((visitor) => visitor.version >= '4.5'));
    await server.start();
    await allAreBack();
});

test('a server that stands still is noticed by its missing pings, and found again', async () => {
    await gather();
    server.process.kill('SIGSTOP');
    for (const visitor of visitors) assert.deepEqual(await visitor.next('disconnect'), ['ping timeout']);
    server.process.kill('SIGCONT');
    await allAreBack();
});

test('a client that stands still is noticed by its missing pongs, and comes back', async () => {
    await server.start();
    const watcher = await Visitor.connect(server);
    visitors = [watcher];
    await watcher.request('join', 'watchers');
    const client = spawn(
        process.execPath,
        [
            '-e',
            `const socket = require('socket.io-client').io('${server.url}', { reconnectionDelay: 50 });
             socket.on('connect', () => console.log('connect ' + socket.id));
             socket.on('disconnect', (reason) => console.log('disconnect ' + reason));`,
        ],
        { stdio: ['ignore', 'pipe', 'inherit'], cwd: import.meta.dirname ?? new URL('.', import.meta.url).pathname },
    );
    let said = '';
    client.stdout.on('data', (chunk) => {
        said += chunk;
    });
    try {
        await until('the client to connect', () => said.includes('\n'));
        const id = said.split(/[ \n]/)[1];
        client.kill('SIGSTOP');
        assert.deepEqual(await watcher.next('gone'), [id, 'ping timeout']);
        client.kill('SIGCONT');
        await until('the client to come back', () => /connect .*\ndisconnect .*\nconnect /.test(said));
        assert.ok(!said.endsWith(`${id}\n`));
    } finally {
        client.kill('SIGKILL');
        await once(client, 'exit');
    }
});
