// Connection state recovery with the official client: over cuts, half-open connections and kill -9.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { io } from 'socket.io-client';
import { Network } from '../support/network.mjs';
import { freePort, until } from '../support/server.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const program = join(process.env.HOLDFAST_BUILD ?? join(root, 'build', 'test'), 'examples', 'recovery');

/** The example `recovery` as a process of its own. */
class Server {
    constructor(where, threads = 1) {
        this.threads = threads;
        this.folder = mkdtempSync(join(tmpdir(), 'holdfast-recovery-'));
        this.where = where === 'file' ? join(this.folder, 'recovery.db') : where;
        this.output = '';
    }
    async start() {
        this.port ??= await freePort();
        this.process = spawn(
            program,
            ['--listen', `127.0.0.1:${this.port}`, '--recovery', this.where, '--threads', String(this.threads)],
            { stdio: ['ignore', 'pipe', 'pipe'] },
        );
        const started = this.process;
        started.exited = new Promise((done) => started.once('exit', done));
        let ready = false;
        const keep = (chunk) => {
            this.output = (this.output + chunk).slice(-20_000);
            ready ||= this.output.length > 0 && /listening|http/i.test(String(chunk));
        };
        started.stdout.on('data', keep);
        started.stderr.on('data', keep);
        await until(`the server to listen; it said: ${this.output}`, () => ready);
    }
    async kill() {
        this.process.kill('SIGKILL');
        await this.process.exited;
    }
    async dispose() {
        if (this.process && this.process.exitCode === null) await this.kill();
        rmSync(this.folder, { recursive: true, force: true });
    }
}

const open = [];
afterEach(() => {
    for (const client of open.splice(0)) client.close();
});

/** A client that writes down what it hears, and every connection it had. */
function connect(url, options = {}) {
    const client = io(url, {
        forceNew: true,
        transports: ['websocket'],
        reconnectionDelay: 20,
        reconnectionDelayMax: 100,
        ...options,
    });
    client.texts = [];
    client.connections = [];
    client.on('said', (room, text) => client.texts.push(text));
    client.on('connect', () => client.connections.push({ id: client.id, recovered: client.recovered }));
    open.push(client);
    return client;
}
const here = (client) => until('the client to be connected', () => client.connected);
const ask = (client, ...event) => client.timeout(5000).emitWithAck(...event);

async function withServer(where, run, threads = 1) {
    const server = new Server(where, threads);
    const network = new Network(server);
    try {
        await server.start();
        await network.start();
        await run(server, network);
    } finally {
        for (const client of open.splice(0)) client.close();
        await network.dispose();
        await server.dispose();
    }
}
/** How many sockets there are on all threads of the server. */
const count = (client) => ask(client, 'count');
const direct = (server) => `http://127.0.0.1:${server.port}`;

for (const [where, threads] of [
    ['memory', 1],
    ['file', 1],
    ['memory', 2],
    ['file', 2],
]) {
    for (const transports of [['websocket'], ['polling']]) {
        test(`a client whose network was cut gets exactly what it missed (${where}, ${transports}, ${threads} threads)`, () =>
            withServer(
                where,
                async (server, network) => {
                    const player = connect(network.url, { transports });
                    const talker = connect(direct(server));
                    await here(player);
                    await here(talker);
                    await ask(player, 'join', 'mine');
                    await ask(player, 'name', 'Ada');
                    const before = await ask(player, 'whoami');
                    await ask(talker, 'say', 'mine', 'before');
                    await until('the first text', () => player.texts.length === 1);

                    network.cut();
                    await until('the client to notice', () => !player.connected);
                    await ask(talker, 'say', 'mine', 'missed 1');
                    await ask(talker, 'say', 'other', 'not for the player');
                    await ask(talker, 'say', '', 'missed 2');
                    network.mend();
                    await here(player);
                    assert.equal(player.recovered, true);
                    await ask(talker, 'say', 'mine', 'after');
                    await until('the last text', () => player.texts.includes('after'));
                    assert.deepEqual(player.texts, ['before', 'missed 1', 'missed 2', 'after']);
                    const now = await ask(player, 'whoami');
                    assert.equal(now.sid, before.sid);
                    assert.deepEqual(now.rooms.sort(), before.rooms.sort());
                    assert.deepEqual(now.data, { name: 'Ada' });
                    assert.equal(now.recovery, 'complete');
                },
                threads,
            ));
    }

    test(`the old connection is closed when its client comes back before it is missed (${where}, ${threads} threads)`, () =>
        withServer(
            where,
            async (server, network) => {
                const player = connect(network.url);
                const talker = connect(direct(server));
                await here(player);
                await here(talker);
                const before = await ask(player, 'whoami');
                assert.equal(await count(talker), 2);
                // The line goes dead; the server keeps the old connection, and what it sends there is lost.
                network.swallow();
                await ask(talker, 'say', '', 'into the dead line');
                network.mend();
                player.io.engine.close();
                await until('the client to come back', () => player.connections.length === 2);
                const now = await ask(player, 'whoami');
                assert.equal(now.sid, before.sid);
                assert.equal(now.recovery, 'complete');
                assert.equal(await count(talker), 2, 'one socket for the player, one for the talker');
                await ask(talker, 'say', '', 'after');
                await until('the last text', () => player.texts.includes('after'));
                assert.deepEqual(player.texts, ['into the dead line', 'after']);
            },
            threads,
        ));
}

test('a client that received nothing before it was cut comes back the same', () =>
    withServer('memory', async (server, network) => {
        const player = connect(network.url);
        await here(player);
        const { id } = player;
        network.cut();
        await until('the client to notice', () => !player.connected);
        network.mend();
        await here(player);
        assert.equal(player.id, id);
        assert.equal(player.recovered, true);
    }));

test('who leaves by itself begins anew', () =>
    withServer('memory', async (server) => {
        const player = connect(direct(server));
        await here(player);
        const { id } = player;
        player.disconnect();
        player.connect();
        await until('the client to be back', () => player.connections.length === 2);
        assert.notEqual(player.id, id);
        assert.equal(player.recovered, false);
    }));

test('without a file a killed server has forgotten, and says so', () =>
    withServer('memory', async (server) => {
        const player = connect(direct(server));
        await here(player);
        await server.kill();
        await server.start();
        await until('the client to be back', () => player.connections.length === 2);
        assert.equal(player.recovered, false);
        assert.equal((await ask(player, 'whoami')).recovery, 'none');
    }));

for (const threads of [1, 2]) {
    test(`20 times kill -9 under a stream of broadcasts: nothing is lost, nothing doubled, everybody keeps id and rooms (${threads} threads)`, () =>
        withServer(
            'file',
            async (server) => {
                const players = Array.from({ length: 4 }, (_, number) =>
                    connect(direct(server), { transports: number === 3 ? ['polling', 'websocket'] : ['websocket'] }),
                );
                const talker = connect(direct(server));
                for (const client of [...players, talker]) await here(client);
                for (const player of players) await ask(player, 'join', 'team');
                await ask(players[0], 'name', 'Ada');
                const before = [];
                for (const player of players) before.push(await ask(player, 'whoami'));

                const acked = new Set();
                const tried = [];
                let talking = true;
                let next = 0;
                const talk = async () => {
                    while (talking) {
                        if (!talker.connected) {
                            await new Promise((done) => setTimeout(done, 5));
                            continue;
                        }
                        const text = String(next++);
                        tried.push(text);
                        // Lost with the process or not: without an answer nobody knows, so it is not said again.
                        await talker.emitWithAck('say', next % 3 === 0 ? '' : 'team', text).then(
                            () => acked.add(text),
                            () => {},
                        );
                    }
                };
                const streams = [talk(), talk(), talk(), talk()];
                for (let round = 0; round < 20; ++round) {
                    const wanted = acked.size + 5 + Math.floor(Math.random() * 60);
                    await until('the stream to go on', () => acked.size >= wanted, { everyMilliseconds: 1 });
                    await server.kill();
                    await server.start();
                }
                const wanted = acked.size + 5;
                await until('the stream to go on', () => acked.size >= wanted);
                talking = false;
                await Promise.all(streams);
                for (const client of [...players, talker]) await here(client);
                await ask(talker, 'say', '', 'the end');
                for (const player of players) {
                    // A stock client whose server dies in the middle of an upgrade hangs until its heartbeat fails.
                    await until('the end to arrive', () => player.texts.includes('the end'), {
                        timeoutMilliseconds: 90_000,
                    });
                    const heard = player.texts.filter((text) => text !== 'the end');
                    assert.equal(new Set(heard).size, heard.length, 'nothing is doubled');
                    const missing = [...acked].filter((text) => !heard.includes(text));
                    assert.deepEqual(missing, [], 'what was acked has reached everybody');
                    assert.deepEqual(player.texts, players[0].texts, 'everybody heard the same, in the same order');
                    assert.ok(heard.every((text) => tried.includes(text)));
                }
                for (const [number, player] of players.entries()) {
                    const now = await ask(player, 'whoami');
                    assert.equal(now.sid, before[number].sid);
                    assert.deepEqual(now.rooms.sort(), before[number].rooms.sort());
                    assert.deepEqual(now.data, before[number].data);
                    assert.ok(player.connections.length > 1);
                    assert.ok(player.connections.slice(1).every((one) => one.recovered && one.id === now.sid));
                }
                console.log(`# ${acked.size} texts acked, ${tried.length} tried`);
            },
            threads,
        ));
}
