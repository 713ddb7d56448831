// The same operation ten times, across kills: one effect and the same answer, whatever the operation is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDatabase } from '../support/database.mjs';
import { Player, newDevice, seat } from '../support/player.mjs';
import { HoldfastServer } from '../support/server.mjs';

/** The player's part of the file: without what a mere reconnect changes. */
function effects(server) {
    const { teams, answers, journal } = readDatabase(server.database);
    const seats = teams.map(({ name, active, seats: rows }) => [name, active, rows.map(({ state, device }) => [state === 'vacant', device])]);
    const came = journal.filter(({ what }) => what === 'joined' || what === 'left');
    return { seats, answers, came };
}

/**
 * Sends the event ten times with one operation id, over a new connection each time, with a kill before the third and the
 * seventh. The first time the reply is not even waited for: the connection breaks right behind the request.
 */
async function tenTimes(server, device, event, data) {
    const request = { ...data, op: `${event}-0123456789abcdef` };
    const answers = [];
    let after;
    for (let attempt = 0; attempt < 10; attempt += 1) {
        if (attempt === 3 || attempt === 7) {
            await server.kill();
            await server.start();
        }
        const player = await Player.connect(server.url, { device });
        if (attempt === 0) {
            player.emit(event, request);
            player.drop();
            continue;
        }
        const answer = await player.request(event, request);
        assert.equal(answer.ok, true, `attempt ${attempt}: ${JSON.stringify(answer)}`);
        const told = ['ok', 'event', 'team_name', 'team_id', 'player_slot', 'round_id', 'item', 'answer'];
        answers.push(JSON.stringify(told.map((field) => answer[field])));
        after ??= effects(server);
        assert.deepEqual(effects(server), after, `attempt ${attempt} had an effect of its own`);
        player.drop();
    }
    assert.equal(new Set(answers).size, 1, answers.join('\n'));
    return after;
}

async function withTeam(play) {
    const server = new HoldfastServer();
    await server.start();
    try {
        await play(server);
    } finally {
        await server.dispose();
    }
}

test('create_team ten times across kills makes one team', async () => {
    await withTeam(async (server) => {
        const { seats, came } = await tenTimes(server, newDevice(), 'create_team', { team_name: 'Once' });
        assert.deepEqual(seats.map(([name]) => name), ['Once']);
        assert.equal(came.length, 1);
    });
});

test('join_team ten times across kills takes one seat', async () => {
    await withTeam(async (server) => {
        const owner = await seat(server.url, 'create_team', 'Pair', { device: newDevice() });
        const { seats, came } = await tenTimes(server, newDevice(), 'join_team', { team_name: 'Pair' });
        assert.deepEqual(seats[0][2].map(([vacant]) => vacant), [false, false]);
        assert.equal(came.length, 2);
        owner.close();
    });
});

test('submit_answer ten times across kills counts one answer', async () => {
    await withTeam(async (server) => {
        const device = newDevice();
        const first = await seat(server.url, 'create_team', 'Answering', { device });
        const second = await seat(server.url, 'join_team', 'Answering');
        const host = await Player.host(server.url);
        await host.request('start_game');
        const { round_id: round, item } = await first.next('new_question');
        first.drop();
        // Each connection takes the seat first, as the client does.
        const request = { round_id: round, item, answer: true, op: 'answer-0123456789' };
        let { token } = first;
        const answers = [];
        for (let attempt = 0; attempt < 10; attempt += 1) {
            if (attempt === 3 || attempt === 7) {
                await server.kill();
                await server.start();
            }
            const player = await Player.connect(server.url, { device });
            assert.equal((await player.request('reconnect_with_token', { token })).ok, true);
            ({ token } = await player.next('reconnection_token'));
            if (attempt === 0) {
                player.emit('submit_answer', request);
            } else {
                const { ok, event, round_id: told, answer } = await player.request('submit_answer', request);
                answers.push(JSON.stringify({ ok, event, told, answer }));
            }
            player.drop();
        }
        assert.deepEqual([...new Set(answers)], [JSON.stringify({ ok: true, event: 'answer_confirmed', told: round, answer: true })]);
        assert.deepEqual(readDatabase(server.database).answers.map(({ round: of, slot, answer }) => [of, slot, answer]), [[round, 1, true]]);
        for (const player of [second, host]) player.close();
    });
});

test('leave_team ten times across kills leaves once, and a seat that was taken anew meanwhile is not given up', async () => {
    await withTeam(async (server) => {
        const device = newDevice();
        const first = await seat(server.url, 'create_team', 'Leaving', { device });
        const second = await seat(server.url, 'join_team', 'Leaving', { device: newDevice() });
        const request = { op: 'leave-0123456789abc' };
        assert.equal((await first.request('leave_team', request)).ok, true);
        const again = await Player.connect(server.url, { device });
        assert.equal((await again.request('join_team', { team_name: 'Leaving' })).ok, true);
        const answers = [];
        for (let attempt = 1; attempt < 10; attempt += 1) {
            if (attempt === 3 || attempt === 7) {
                await server.kill();
                await server.start();
            }
            const player = await Player.connect(server.url, { device });
            const { ok, event } = await player.request('leave_team', request);
            answers.push(`${ok} ${event}`);
            player.drop();
        }
        assert.deepEqual([...new Set(answers)], ['true left_team_success']);
        const { seats, came } = effects(server);
        assert.deepEqual(seats[0][2].map(([vacant]) => vacant), [false, false]);
        assert.deepEqual(came.map(({ what }) => what), ['joined', 'joined', 'left', 'joined']);
        for (const player of [first, second, again]) player.close();
    });
});
