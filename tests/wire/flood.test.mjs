// A crowd of strangers beside players: nobody who is seated is refused anything, and the crowd is asked to come back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Flood } from '../support/flood.mjs';
import { Player, newDevice, seat } from '../support/player.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

// A short queue, so that a crowd that fits into a test fills it.
const options = ['--commands-waiting', '64', '--events-per-second', '200'];
const teams = 4;

let server;
before(async () => {
    server = new HoldfastServer({ options });
    await server.start();
});
after(() => server?.dispose());

/** Answers every question of one player, and keeps what became of it. */
class Answering {
    constructor(player, record) {
        this.record = record;
        this.follow(player);
    }

    follow(player) {
        this.player = player;
        const answer = async ({ round_id, item }) => {
            const began = performance.now();
            const reply = await player.request('submit_answer', { round_id, item, answer: true });
            this.record.push({ reply, milliseconds: performance.now() - began });
        };
        // A connection that was cut in the meantime has no answer; the next one is asked the same again.
        player.socket.on('new_question', (question) => answer(question).catch(() => {}));
        const running = player.last('new_question');
        if (running) answer(running).catch(() => {});
    }
}

function p99(values) {
    const sorted = [...values].sort((one, other) => one - other);
    return sorted[Math.floor(sorted.length * 0.99)];
}

test('seated players answer, reload and resume while a crowd floods the server', async (t) => {
    const record = [];
    const seated = [];
    for (let team = 0; team < teams; team += 1) {
        for (const event of ['create_team', 'join_team']) {
            const player = await seat(server.url, event, `Seated ${team}`, { device: newDevice() });
            seated.push(new Answering(player, record));
        }
    }
    const host = await Player.host(server.url);
    host.emit('start_game', {});
    await until('a quiet while of play', () => record.length >= 200);
    const quiet = record.splice(0).map(({ milliseconds }) => milliseconds);

    const flood = new Flood(server.url, { sockets: 150, inFlight: 10 });
    await until('the crowd to be turned away', () => (flood.refusals.get('overloaded') ?? 0) >= 200, { timeoutMilliseconds: 30_000 });

    // In the midst of it: phones that lose the connection and come back, by token and without their cookie, or by their
    // device without a token; and pages that are loaded anew.
    for (let turn = 0; turn < 6; turn += 1) {
        const answering = seated[turn];
        const { player } = answering;
        player.drop();
        const byDevice = turn % 2 === 0;
        const back = await Player.connect(server.url, byDevice ? { device: player.device } : {});
        if (byDevice) assert.equal(back.last('connection_established').connection_stable, true, 'is no stranger');
        const { token } = player.last('reconnection_token');
        let reply;
        if (byDevice) {
            await until('the loss to be noticed', async () => {
                const { teams: rows } = await back.request('get_reconnectable_teams', {});
                return rows.some((row) => row.reconnection_token);
            });
            reply = await back.request('join_team', { team_name: player.seated.team_name });
        } else {
            reply = await back.request('reconnect_with_token', { token });
        }
        assert.equal(reply.ok, true, JSON.stringify(reply));
        assert.equal(reply.is_reconnection, true);
        back.device = player.device;
        back.seated = player.seated;
        answering.follow(back);
    }
    const before = record.length;
    await until('play to go on', () => record.length >= before + 200, { timeoutMilliseconds: 30_000 });
    const flooded = record.splice(0);
    const paused = await host.request('pause_game', {});
    assert.equal(paused.ok, true, 'the host is no stranger either');

    const refused = flooded.filter(({ reply }) => !reply.ok && reply.code !== 'already_answered' && reply.code !== 'wrong_round');
    assert.deepEqual(refused, [], 'nobody seated was refused because of strangers');
    assert.equal((await server.metric('holdfast_turned_away_total', '{limit="queue_holder"}')) ?? 0, 0);
    assert.ok((await server.metric('holdfast_turned_away_total', '{limit="queue_stranger"}')) >= 200);
    assert.equal(await server.metric('holdfast_shedding_load'), 1);

    const hints = flood.hints.get('overloaded');
    assert.ok(hints.every((hint) => hint >= 250 && hint <= 22_500), 'each is told when to come back');
    assert.ok(new Set(hints).size > hints.length / 4, 'and not all the same');
    const newcomer = await Player.connect(server.url);
    const greeting = newcomer.last('connection_established');
    assert.equal(greeting.connection_stable, false);
    assert.ok(greeting.retry_after_ms > 0);
    newcomer.close();

    flood.stop();
    await until('the server to be stable for strangers again', async () => {
        const visitor = await Player.connect(server.url);
        visitor.close();
        return visitor.last('connection_established').connection_stable === true;
    });
    const late = await seat(server.url, 'create_team', 'Afterwards');
    for (const player of [late, host, ...seated.map((one) => one.player)]) player.close();
    t.diagnostic(`${flood.answers} answers to the crowd, refused: ${JSON.stringify(Object.fromEntries(flood.refusals))}`);
    t.diagnostic(
        `an answer of a seated player, p99: ${p99(quiet).toFixed(1)} ms alone, ` +
            `${p99(flooded.map(({ milliseconds }) => milliseconds)).toFixed(1)} ms in the flood (this process plays both sides)`,
    );
});
