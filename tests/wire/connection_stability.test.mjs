// Connection stability, end to end: a real process, its real database file and stock clients. One test or more for each
// promise about tokens, sessions and transactions. The same promises are tested inside the domain, without a wire, in
// src/holdfast/seats/connection_stability_test.cpp.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { readDatabase } from '../support/database.mjs';
import { Player, newDevice, seat, seatedTeam } from '../support/player.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

let server;
before(async () => {
    server = new HoldfastServer();
    await server.start();
});
after(() => server?.dispose());

async function resume(url, token, settings = {}) {
    const player = await Player.connect(url, settings);
    player.emit('reconnect_with_token', { token });
    player.seated = await player.next('team_joined');
    player.token = (await player.next('reconnection_token')).token;
    return player;
}

/** Runs `play` on a server of its own. */
async function onServer(options, play) {
    const own = new HoldfastServer({ options });
    await own.start();
    try {
        await play(own);
    } finally {
        await own.dispose();
    }
}

test('a token reaches the player while it is connected, never at the disconnect', async () => {
    const { first, second } = await seatedTeam(server.url, 'Handed over');
    assert.equal(first.all('reconnection_token').length, 1);
    first.drop();
    await until('the seat to be away', () => second.last('team_status_update').disable_input === true);
    assert.equal(second.all('reconnection_token').length, 1, 'nobody else is handed the token');
    const back = await resume(server.url, first.token);
    assert.equal(back.seated.player_slot, 1);
    for (const player of [second, back]) player.close();
});

test('a token is kept by team and slot and is found there when its player is back', async () => {
    const devices = [newDevice(), newDevice()];
    const first = await seat(server.url, 'create_team', 'By slot', { device: devices[0] });
    const second = await seat(server.url, 'join_team', 'By slot', { device: devices[1] });
    first.drop();
    second.drop();
    for (const [index, device] of devices.entries()) {
        const player = await Player.connect(server.url, { device });
        const rows = await until('both seats to be listed', async () => {
            const found = (await player.request('get_reconnectable_teams')).teams.filter((row) => row.team_name === 'By slot');
            return found.length === 2 && found;
        });
        const own = rows.filter((row) => 'reconnection_token' in row);
        assert.deepEqual(own.map((row) => row.player_slot), [index + 1], 'the own seat has its token, the other has none');
        player.close();
        const back = await resume(server.url, own[0].reconnection_token);
        assert.equal(back.seated.player_slot, index + 1);
        back.drop();
    }
});

test('the old token is cleared when a new one is made and known', async () => {
    const first = await seat(server.url, 'create_team', 'Cleared');
    let { token } = first;
    const used = [];
    first.drop();
    for (let turn = 0; turn < 4; turn += 1) {
        const back = await resume(server.url, token);
        used.push(token);
        ({ token } = back);
        back.drop();
    }
    const player = await Player.connect(server.url);
    for (const old of used.slice(0, -1)) {
        assert.equal((await player.request('reconnect_with_token', { token: old })).code, 'token_retired');
    }
    assert.equal((await player.request('reconnect_with_token', { token })).ok, true, 'one live token');
    player.close();
});

test('a token expires after its life, and so does the seat; both are swept', async () => {
    await onServer(['--grace-seconds', '3', '--token-life-seconds', '1'], async (own) => {
        const { first, second } = await seatedTeam(own.url, 'Short life');
        assert.equal(first.last('reconnection_token').expires_in, 1);
        first.drop();
        await until('the seat to be away', () => second.last('team_status_update').disable_input === true);
        const late = await Player.connect(own.url);
        await until('the token to be swept', async () => (await own.metric('holdfast_tokens_swept_total')) >= 1);
        assert.equal((await late.request('reconnect_with_token', { token: first.token })).code, 'token_expired');
        assert.equal((await late.request('join_team', { team_name: 'Short life' })).code, 'team_full', 'the seat is still held');
        await until('the seat to be swept', async () => (await own.metric('holdfast_seats_expired_total')) >= 1);
        const over = await late.request('reconnect_with_token', { token: first.token });
        assert.equal(over.code, 'seat_expired');
        assert.match(over.message, /its time ran out/);
        assert.equal(await own.metric('holdfast_resumes_total', '{outcome="seat_expired"}'), 1);
        const answer = await late.request('join_team', { team_name: 'Short life' });
        assert.equal(answer.ok, true, 'the deadline has freed the seat');
        assert.equal(answer.player_slot, 1);
        for (const player of [second, late]) player.close();
    });
});

test('many teams are isolated: a token opens its own seat and nothing else', async () => {
    const teams = await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
            const { first, second } = await seatedTeam(server.url, `Isolated ${index}`);
            return { name: `Isolated ${index}`, players: [first, second] };
        }),
    );
    const tokens = teams.flatMap((team) => team.players.map((player) => player.token));
    assert.equal(new Set(tokens).size, tokens.length, 'no two seats share a token');
    teams.flatMap((team) => team.players).forEach((player) => player.drop());
    await Promise.all(
        teams.flatMap((team) =>
            team.players.map(async (player, index) => {
                const back = await resume(server.url, player.token);
                assert.equal(back.seated.team_name, team.name);
                assert.equal(back.seated.player_slot, index + 1);
                back.drop();
            }),
        ),
    );
});

test('one token on 30 connections at once: one holder at every instant, all others are told', async () => {
    const { first, second } = await seatedTeam(server.url, 'Stampede');
    first.drop();
    const players = await Promise.all(Array.from({ length: 30 }, () => Player.connect(server.url)));
    const answers = await Promise.all(
        players.map((player) => player.request('reconnect_with_token', { token: first.token })),
    );
    const seated = players.filter((_, index) => answers[index].ok);
    assert.ok(seated.length >= 1);
    answers.filter((answer) => !answer.ok).forEach((answer) => assert.equal(answer.code, 'token_retired'));
    await until('all but one to be told', () => seated.filter((player) => player.all('taken_over').length > 0).length === seated.length - 1);
    const holder = seated.find((player) => player.all('taken_over').length === 0);
    for (const player of seated) {
        const answer = await player.request('leave_team', {});
        if (player !== holder) assert.equal(answer.ok, false, 'who has lost the seat cannot give it up');
    }
    await until('the holder to have left', () => second.last('team_status_update').status === 'waiting_pair');
    assert.equal(holder.all('left_team_success').length, 1);
    for (const player of [second, ...players]) player.close();
});

test('sessions are preserved at start-up, after kill -9 and after a graceful stop', async () => {
    await onServer([], async (own) => {
        const { first, second } = await seatedTeam(own.url, 'Preserved');
        const before = readDatabase(own.database);
        for (const end of ['kill', 'stop']) {
            await own[end]();
            await own.start();
            assert.equal(await own.metric('holdfast_sessions_preserved'), 2);
            const seats = readDatabase(own.database).teams[0].seats;
            assert.deepEqual(seats.map((row) => row.state), ['away', 'away']);
            assert.deepEqual(
                seats.map(({ rotation, device }) => ({ rotation, device })),
                before.teams[0].seats.map(({ rotation, device }) => ({ rotation, device })),
                'no session id is thrown away',
            );
            // The sweep runs; a table of connections that is empty after the start takes nobody's seat.
            await until('a sweep to have run', async () => (await own.metric('holdfast_synchronisations_total')) >= 1, {
                timeoutMilliseconds: 30_000,
            });
            assert.deepEqual(readDatabase(own.database).teams[0].seats.map((row) => row.state), ['away', 'away']);
        }
        const back = [await resume(own.url, first.token), await resume(own.url, second.token)];
        assert.deepEqual(back.map((player) => player.seated.player_slot), [1, 2]);
        back.forEach((player) => player.close());
    });
});

/** Makes every further write of the process to its files fail, as on a full disk; gives the way back. */
function fillDisk(own) {
    const size = statSync(`${own.database}-wal`).size;
    const limit = (value) => execFileSync('prlimit', ['--pid', String(own.process.pid), `--fsize=${value}:`]);
    limit(size);
    return () => limit('unlimited');
}

test('a stale session, whose connection is gone while the disk says connected, is cleaned in normal operation', async () => {
    await onServer([], async (own) => {
        const { first, second } = await seatedTeam(own.url, 'Stale');
        const mend = fillDisk(own);
        // The disk takes nothing, so it goes on saying that the first player is connected.
        first.drop();
        await until('the server to notice', async () => (await fetch(`${own.url}/readyz`)).status === 503);
        assert.equal(readDatabase(own.database).teams[0].seats[0].state, 'connected');
        mend();
        await until('the sweep to turn the stale seat away', () => readDatabase(own.database).teams[0].seats[0].state === 'away', {
            timeoutMilliseconds: 30_000,
        });
        assert.equal(readDatabase(own.database).teams[0].seats[1].state, 'connected', 'the living are left alone');
        const back = await resume(own.url, first.token);
        assert.equal(back.seated.player_slot, 1);
        for (const player of [second, back]) player.close();
    });
});

test('a failed commit is rolled back: nobody is told, memory and disk agree, seated players can resume, and it heals', async () => {
    await onServer([], async (own) => {
        const { first, second } = await seatedTeam(own.url, 'Rolled back');
        const stranger = await Player.connect(own.url);
        const before = readDatabase(own.database);
        const mend = fillDisk(own);

        const answer = await stranger.request('create_team', { team_name: 'Never' });
        assert.deepEqual([answer.ok, answer.code], [false, 'store_unavailable']);
        assert.equal(stranger.all('team_created').length, 0);
        assert.equal(stranger.all('reconnection_token').length, 0);
        assert.ok(!/token|reconnection/i.test(answer.message), 'nobody drops a token because of it');
        assert.ok((await own.metric('holdfast_commits_total', '{outcome="failed"}')) >= 1);
        assert.ok((await own.metric('holdfast_rollbacks_total')) >= 1);
        assert.deepEqual(readDatabase(own.database), before, 'the disk has nothing of it');

        first.drop();
        const back = await Player.connect(own.url);
        assert.equal((await back.request('reconnect_with_token', { token: first.token })).ok, true, 'seated players resume');
        assert.equal(back.all('reconnection_token').length, 0, 'without a new token');
        assert.equal((await stranger.request('join_team', { team_name: 'Rolled back' })).ok, false, 'no seat is doubled');

        mend();
        await until('the server to be ready again', async () => (await fetch(`${own.url}/readyz`)).ok, { timeoutMilliseconds: 20_000 });
        await until('new claims to be taken again', async () => (await stranger.request('create_team', { team_name: 'Now' })).ok);
        const teams = readDatabase(own.database).teams.map((team) => team.name);
        assert.deepEqual(teams.sort(), ['Now', 'Rolled back']);
        await until('the resumed seat to be on disk', () => readDatabase(own.database).teams[0].seats[0].state === 'connected', {
            timeoutMilliseconds: 20_000,
        });
        for (const player of [second, stranger, back]) player.close();
    });
});

test('the complete flow: play, lose the network, come back, lose the server, come back, finish the round', async () => {
    const { first, second } = await seatedTeam(server.url, 'Complete');
    const host = await Player.host(server.url);
    await host.request('start_game');
    const question = await first.next('new_question');
    first.drop();
    await second.next('player_left');
    const back = await resume(server.url, first.token);
    assert.equal((await back.next('new_question')).round_id, question.round_id);
    await back.request('submit_answer', { round_id: question.round_id, item: question.item, answer: true });
    await server.kill();
    await server.start();
    const again = [await resume(server.url, back.token), await resume(server.url, second.token)];
    const theirs = await again[1].next('new_question');
    assert.equal(theirs.round_id, question.round_id);
    await again[0].next('answer_confirmed');
    await again[1].request('submit_answer', { round_id: theirs.round_id, item: theirs.item, answer: true });
    await again[0].next('round_complete');
    assert.equal((await again[0].next('new_question')).round_number, question.round_number + 1);
    assert.ok((await server.metric('holdfast_resumes_total', '{outcome="resumed",cause="restart"}')) >= 2);
    for (const player of again) player.close();
});

test('a player who is back at once was not missed: the partner hears nothing, the journal knows', async () => {
    const { first, second } = await seatedTeam(server.url, 'Flicker');
    const quiet = () => server.metric('holdfast_drops_kept_quiet_total');
    const quietBefore = await quiet();
    const heard = second.told.length;
    first.drop();
    await until('the seat to be away', async () => (await server.metric('holdfast_seats', '{state="away"}')) > 0);
    const back = await resume(server.url, first.token);
    await until('the drop to be counted', async () => (await quiet()) === quietBefore + 1);
    // Whatever the partner was told about it would have come before the answer to this.
    await second.request('get_reconnectable_teams');
    const news = second.told.slice(heard).map(({ event }) => event);
    assert.deepEqual(news.filter((event) => event === 'player_left' || event === 'team_status_update'), []);
    const life = readDatabase(server.database).journal.filter(({ team, slot }) => team === 'Flicker' && slot === 1);
    assert.deepEqual(life.map(({ what }) => what), ['joined', 'away', 'resumed']);
    for (const player of [back, second]) player.close();
});
