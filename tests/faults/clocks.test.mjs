// The wall clock jumps an hour either way, and the process stands still for longer than a seat is held: nobody expires early,
// and the deadlines still come.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readDatabase } from '../support/database.mjs';
import { Player, seatedTeam } from '../support/player.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

const fakeTime = ['x86_64-linux-gnu', 'aarch64-linux-gnu']
    .map((machine) => `/usr/lib/${machine}/faketime/libfaketime.so.1`)
    .find((path) => existsSync(path));
const graceSeconds = 12;
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

const expired = async (server) => (await server.metric('holdfast_seats_expired_total')) ?? 0;
const ticks = async (server) => server.metric('holdfast_synchronisations_total');

/** The seat comes to its end when its time is really over. */
async function expiresInTheEnd(server) {
    await until('the deadline to come after all', async () => (await expired(server)) === 1, { timeoutMilliseconds: 120_000 });
    assert.deepEqual(readDatabase(server.database).teams[0].seats.map(({ state }) => state), ['vacant', 'connected']);
}

// They wait for the most part: side by side.
describe('clocks', { concurrency: 2 }, () => {
    it('a wall clock that jumps an hour either way ends no seat and no token early, nor does it keep a seat for ever', async (context) => {
        assert.ok(fakeTime, 'libfaketime is missing: scripts/install-packages test');
        const server = new HoldfastServer({
            options: ['--grace-seconds', String(graceSeconds), '--token-life-seconds', String(graceSeconds), '--log-level', 'warning'],
        });
        const clock = join(server.folder, 'clock');
        const jumpTo = (offset) => writeFileSync(clock, `${offset}\n`);
        jumpTo('+0');
        Object.assign(server.environment, {
            LD_PRELOAD: fakeTime,
            FAKETIME_TIMESTAMP_FILE: clock,
            FAKETIME_NO_CACHE: '1',
            FAKETIME_DONT_FAKE_MONOTONIC: '1',
            FAKETIME_FORCE_MONOTONIC_FIX: '0',
        });
        await server.start();
        const wallClock = async () => {
            const answer = await Player.connect(server.url);
            const { teams } = await answer.request('get_reconnectable_teams');
            answer.close();
            return teams[0]?.disconnect_time;
        };
        try {
            const { first, second } = await seatedTeam(server.url, 'Jumpers');
            let { token } = first;
            let player = first;
            for (const offset of ['+3600', '-3600', '+3600', '+0']) {
                jumpTo(offset);
                player.drop();
                const at = await until('the seat to be away', wallClock);
                const difference = at - Date.now() / 1000 - Number(offset);
                assert.ok(Math.abs(difference) < 60, `the server's own clock has jumped by ${offset}: ${difference}`);
                const before = await ticks(server);
                // The clock jumps back while the seat is away, too.
                jumpTo('+0');
                jumpTo(offset);
                await pause(300);
                assert.equal(await expired(server), 0);
                player = await Player.connect(server.url);
                const answer = await player.request('reconnect_with_token', { token });
                assert.deepEqual([answer.ok, answer.player_slot], [true, 1], JSON.stringify(answer));
                ({ token } = await player.next('reconnection_token'));
                assert.ok((await ticks(server)) >= before);
            }
            assert.equal(second.all('player_left').length + (await expired(server)), 0);
            player.drop();
            jumpTo('-3600');
            await expiresInTheEnd(server);
            context.diagnostic('five jumps of an hour');
            second.close();
        } finally {
            await server.dispose();
        }
    });

    it('a process that stood still for longer than a seat is held: nobody has expired, and everybody comes back', async () => {
        const server = new HoldfastServer({
            options: [
                '--grace-seconds', String(graceSeconds), '--token-life-seconds', String(graceSeconds), '--log-level', 'warning',
                '--ping-interval-ms', '2000', '--ping-timeout-ms', '2000',
            ],
        });
        await server.start();
        try {
            const { first, second } = await seatedTeam(server.url, 'Frozen');
            first.drop();
            await until('the seat to be away', async () => (await server.metric('holdfast_seats', '{state="away"}')) === 1);
            server.process.kill('SIGSTOP');
            await pause((graceSeconds + 3) * 1_000);
            server.process.kill('SIGCONT');
            // The server goes over its deadlines several times before anybody comes back.
            await until('the server to answer', async () => (await fetch(`${server.url}/readyz`)).ok);
            await pause(2_500);
            assert.equal(await expired(server), 0);
            for (const [slot, { token }] of [[1, first], [2, second]]) {
                const back = await Player.connect(server.url);
                const answer = await back.request('reconnect_with_token', { token });
                assert.deepEqual([answer.ok, answer.team_name, answer.player_slot], [true, 'Frozen', slot], JSON.stringify(answer));
                if (slot === 1) back.drop();
            }
            await expiresInTheEnd(server);
            first.close();
            second.close();
        } finally {
            await server.dispose();
        }
    });
});
