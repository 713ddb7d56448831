// Crowds: everybody is cut off and back at once; slow and silent connections by the thousand beside honest players.
// HOLDFAST_CROWD=1 takes the full numbers of docs/threats.md, without it a fifth of them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readDatabase } from '../support/database.mjs';
import { LightPlayer, inParallel } from '../support/light_player.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

const full = Boolean(process.env.HOLDFAST_CROWD);
const stormPlayers = full ? 5_000 : 1_000;
const slowSockets = full ? 2_000 : 400;
const idleSockets = full ? 5_000 : 1_000;
const honestPlayers = full ? 100 : 40;
const patient = { timeoutMilliseconds: 120_000, everyMilliseconds: 200 };

const percentile = (values, share) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

/** Seats pairs of players; `address` says from where a player comes. */
async function seatPairs(server, count, address = () => undefined) {
    const players = await inParallel(Array.from({ length: count }), 50, (_, index) =>
        LightPlayer.connect(server.url, { localAddress: address(index) }),
    );
    await inParallel(players.filter((_, index) => index % 2 === 0), 50, (player, team) => player.sitDown('create_team', `Team ${team}`));
    await inParallel(players.filter((_, index) => index % 2 === 1), 50, (player, team) => player.sitDown('join_team', `Team ${team}`));
    return players;
}

test(`${stormPlayers} players are cut off at once and back at once: all are seated, nobody expired, nobody refused`, async (context) => {
    const server = new HoldfastServer({ options: ['--log-level', 'error', '--ping-interval-ms', '120000'] });
    await server.start();
    try {
        const players = await seatPairs(server, stormPlayers);
        for (const player of players) player.drop();
        const began = performance.now();
        // All at once: as many connections as the players are open at the same time.
        const times = [];
        const back = await Promise.all(
            players.map(async (player, index) => {
                const again = await LightPlayer.connect(server.url);
                const answer = await again.request('reconnect_with_token', { token: player.token });
                assert.equal(answer.ok, true, `player ${index}: ${JSON.stringify(answer)}`);
                assert.deepEqual([answer.team_name, answer.player_slot], [`Team ${Math.floor(index / 2)}`, (index % 2) + 1]);
                times.push(performance.now() - began);
                return again;
            }),
        );
        const seconds = (performance.now() - began) / 1_000;
        assert.deepEqual(back.flatMap((player) => player.all('error')), []);
        await until('all seats to be connected', async () => (await server.metric('holdfast_seats', '{state="connected"}')) === stormPlayers, patient);
        assert.equal((await server.metric('holdfast_seats', '{state="away"}')) ?? 0, 0);
        assert.equal((await server.metric('holdfast_seats_expired_total')) ?? 0, 0);
        assert.equal((await server.metric('holdfast_refusals_total')) ?? 0, 0);
        assert.equal(await server.metric('holdfast_commands_refused_overloaded'), 0);
        assert.equal(await server.metric('holdfast_resumes_total', '{outcome="resumed"}'), stormPlayers);
        const disk = readDatabase(server.database);
        assert.ok(disk.teams.every((team) => team.seats.every((seat) => seat.state === 'connected')), 'the disk says the same');
        context.diagnostic(`${stormPlayers} players back after ${seconds.toFixed(1)} s; half after ${(percentile(times, 0.5) / 1_000).toFixed(1)} s`);
        for (const player of back) player.drop();
    } finally {
        await server.dispose();
    }
});

function residentKilobytes(server) {
    return Number(readFileSync(`/proc/${server.process.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]);
}

/** The flood is a process of its own: the honest players are not slowed by making it. */
class Flood {
    constructor(server, settings) {
        const script = join(dirname(fileURLToPath(import.meta.url)), 'flood.mjs');
        this.process = spawn(process.execPath, [script, JSON.stringify({ port: server.port, ...settings })], { stdio: ['pipe', 'pipe', 'inherit'] });
        this.ended = new Promise((done) => this.process.once('exit', done));
        this.figures = {};
        let text = '';
        this.process.stdout.on('data', (chunk) => {
            text += chunk;
            const lines = text.split('\n');
            text = lines.pop();
            if (lines.length > 0) this.figures = JSON.parse(lines.at(-1));
        });
    }

    async stop() {
        this.process.stdin.end();
        await this.ended;
    }
}

/** What the honest players lived through: every second each asks something and waits for the answer. */
class Honest {
    constructor(players) {
        this.players = players;
        this.milliseconds = [];
        this.over = false;
        this.running = Promise.all(players.map((player, index) => this.#play(player, index)));
    }

    async #play(player, index) {
        await new Promise((next) => setTimeout(next, (1_000 * index) / this.players.length));
        while (!this.over) {
            const began = performance.now();
            const answer = await player.request('get_reconnectable_teams');
            this.milliseconds.push(performance.now() - began);
            assert.equal(answer.ok, true);
            await new Promise((next) => setTimeout(next, 1_000));
        }
    }

    async stop() {
        this.over = true;
        await this.running;
    }
}

async function flooded(context, { options, fromMany }) {
    const server = new HoldfastServer({ options: ['--log-level', 'error', '--grace-seconds', '1', ...options] });
    await server.start();
    let flood;
    try {
        const players = await seatPairs(server, honestPlayers, (index) => `127.0.0.${2 + (index % 4)}`);
        const honest = new Honest(players);
        await until('the honest to have played', () => honest.milliseconds.length >= 3 * honestPlayers, patient);
        const before = residentKilobytes(server);
        honest.milliseconds.length = 0;

        flood = new Flood(server, { slow: slowSockets, idle: idleSockets, fromMany });
        let peak = 0;
        // Long enough for the limit of five seconds to close every slow socket, and for the flood to come again.
        await until('the flood to have come three times', () => {
            peak = Math.max(peak, flood.figures.open ?? 0);
            return flood.figures.opened >= 3 * (slowSockets + idleSockets) && honest.milliseconds.length >= 5 * honestPlayers;
        }, patient);
        const during = residentKilobytes(server);
        let after = during;
        const refused = await server.metric('holdfast_net_connections_refused');
        const timedOut = await server.metric('holdfast_net_requests_timed_out');
        await flood.stop();
        await honest.stop();
        for (const player of players) {
            assert.equal(player.ended, false, 'no honest player was disconnected');
            assert.deepEqual(player.all('error'), []);
            assert.deepEqual(player.all('player_left'), []);
        }
        assert.equal((await server.metric('holdfast_connections_closed_total')) ?? 0, 0);
        await until('the flood to be gone', async () => (await server.metric('holdfast_net_connections_open')) <= honestPlayers + 2, patient);
        await until(
            'memory to be back within 10 %',
            () => {
                after = residentKilobytes(server);
                return after <= before * 1.1;
            },
            patient,
        ).catch((error) => {
            error.message += `: ${before} kB before, ${during} kB in the flood, ${after} kB after`;
            throw error;
        });
        context.diagnostic(
            `at most ${peak} sockets of the flood open, ${flood.figures.opened} opened, ${refused} refused, ${timedOut} timed out; ` +
                `p99 of the honest ${percentile(honest.milliseconds, 0.99).toFixed(0)} ms of ${honest.milliseconds.length} answers; ` +
                `memory ${before} kB before, ${during} kB in the flood, ${after} kB after`,
        );
        return { peak, refused, timedOut };
    } finally {
        await flood?.stop();
        await server.dispose();
    }
}
test(`${slowSockets} slow and ${idleSockets} silent sockets from many addresses: no honest player is disconnected, and memory comes back`, async (context) => {
    assert.ok(existsSync('/proc/self/status'));
    const { peak, timedOut } = await flooded(context, { options: [], fromMany: true });
    assert.ok(peak >= (slowSockets + idleSockets) / 2, `only ${peak} sockets were open at once`);
    assert.ok(timedOut >= slowSockets, `only ${timedOut} slow requests were ended`);
});

test('the same from one address: it gets no more connections than one address may have', async (context) => {
    const { refused } = await flooded(context, { options: ['--connections-per-address', '64'], fromMany: false });
    assert.ok(refused > slowSockets, `only ${refused} were refused`);
});
