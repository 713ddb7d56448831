// What the host does with seats: releases, moves, longer holds and the grace of the game, with real clients and restarts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readDatabase } from '../support/database.mjs';
import { Player, newDevice, seat, seatedTeam } from '../support/player.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

const server = new HoldfastServer();
before(() => server.start());
after(() => server.dispose());

const journal = (team, slot) =>
    readDatabase(server.database)
        .journal.filter((entry) => entry.team === team && entry.slot === slot)
        .map(({ what, reason }) => `${what} ${reason}`);
const rowOf = async (host, team) => (await host.request('dashboard_join')).teams.find((row) => row.team_name === team);
const lone = (name, settings) => seat(server.url, 'create_team', name, settings);
const back = (token, settings = {}) =>
    Player.connect(server.url, { device: newDevice(), ...settings }).then(async (player) => {
        player.reply = await player.request('reconnect_with_token', { token });
        return player;
    });

test('a release is answered, told to player and partner, and written down; asked again it has one effect', async () => {
    const host = await Player.host(server.url, { device: newDevice() });
    const { first, second } = await seatedTeam(server.url, 'Released');
    const wish = { team_id: first.seated.team_id, player_slot: 1, op: 'release-1' };
    const reply = await host.request('release_seat', wish);
    assert.equal(reply.ok, true);
    assert.equal(reply.message, 'You have freed seat 1 of the team Released.');
    assert.equal((await first.next('error')).code, 'seat_released');
    assert.match((await second.next('player_left')).message, /host has freed/);
    assert.equal((await second.next('host_notice')).message, 'The host has freed seat 1 of your team.');
    const third = await seat(server.url, 'join_team', 'Released');
    assert.deepEqual(await host.request('release_seat', wish), reply, 'the same answer');
    assert.equal((await third.request('join_team', { team_name: 'Released' })).code, 'already_seated', 'and no second effect');
    assert.ok(journal('Released', 1).includes('released host'));
    assert.equal((await host.request('release_seat', { ...wish, op: 'r2', player_slot: 3 })).code, 'bad_request');
    for (const player of [host, first, second, third]) player.close();
});

test('a moved player plays on in the other team, and the old token finds the new seat until the new one has arrived', async () => {
    const host = await Player.host(server.url);
    const { first, second } = await seatedTeam(server.url, 'From');
    const other = await lone('To');
    await host.request('start_game');
    const reply = await host.request('move_player', {
        team_id: first.seated.team_id,
        player_slot: 1,
        to_team_id: other.seated.team_id,
    });
    assert.equal(reply.ok, true);
    assert.equal(reply.player_slot, 2);
    const joined = await first.next('team_joined');
    assert.deepEqual([joined.team_name, joined.player_slot, joined.is_reconnection], ['To', 2, true]);
    const { token } = await first.next('reconnection_token');
    assert.equal((await first.next('host_notice')).message, 'The host has moved you to seat 2 of the team To.');
    const question = await first.next('new_question');
    assert.equal((await first.request('submit_answer', { ...question, answer: true })).ok, true);
    assert.match((await second.next('player_left')).message, /moved Player 1 to another team/);
    assert.match((await other.next('host_notice')).message, /moved somebody into seat 2/);
    assert.ok(journal('From', 1).includes('moved_away host'));
    assert.ok(journal('To', 2).includes('moved_here host'));

    // The new token never arrived, as far as anybody knows.
    first.drop();
    const again = await back(first.token);
    assert.equal(again.reply.ok, true);
    assert.equal((await again.next('team_joined')).team_name, 'To');
    const newest = (await again.next('reconnection_token')).token;
    assert.equal((await again.next('answer_confirmed')).answer, true);
    assert.match((await again.next('host_notice')).message, /While you were away, the host moved you to seat 2 of the team To/);
    assert.equal((await again.request('confirm_token', { token: newest })).ok, true);
    const late = await back(first.token);
    assert.equal(late.reply.code, 'token_retired');
    const alsoLate = await back(token);
    assert.equal(alsoLate.reply.code, 'token_retired');
    await host.request('restart_game');
    for (const player of [host, first, second, other, again, late, alsoLate]) player.close();
});

test('who is away during a move, and a kill, comes back into the new seat by token or by device', async () => {
    const device = newDevice();
    const host = await Player.host(server.url);
    const byToken = await lone('Left A');
    const byDevice = await lone('Left B', { device });
    const target = await lone('Target A');
    const other = await lone('Target B');
    for (const player of [byToken, byDevice]) player.drop();
    await until('both to be away', async () =>
        ['Left A', 'Left B'].every(async (name) => (await rowOf(host, name))?.seats[0].state === 'away'),
    );
    const seatOf = (player) => ({ team_id: player.seated.team_id, player_slot: 1 });
    for (const [from, to] of [
        [byToken, target],
        [byDevice, other],
    ]) {
        await until('the move to be possible', async () => (await rowOf(host, from.seated.team_name)).seats[0].state === 'away');
        assert.equal((await host.request('move_player', { ...seatOf(from), to_team_id: to.seated.team_id })).ok, true);
    }
    assert.ok(journal('Target A', 2).includes('held_here host'));
    await server.kill();
    await server.start();
    const first = await back(byToken.token);
    assert.equal(first.reply.team_name, 'Target A');
    const second = await Player.connect(server.url, { device });
    const { teams } = await second.request('get_reconnectable_teams');
    const own = teams.find((row) => row.reconnection_token);
    assert.equal(own.team_name, 'Target B');
    assert.equal((await second.request('reconnect_with_token', { token: own.reconnection_token })).team_name, 'Target B');
    for (const player of [host, target, other, first, second]) player.close();
});

test('a longer hold is counted, shown and limited; the grace of the game is told and survives a restart', async () => {
    const host = await Player.host(server.url);
    const { first, second } = await seatedTeam(server.url, 'Holding');
    const place = { team_id: first.seated.team_id, player_slot: 1 };
    assert.equal((await host.request('extend_hold', { ...place, seconds: 60 })).code, 'seat_not_away');
    const set = await host.request('set_grace', { grace_seconds: 600 });
    assert.equal(set.grace_seconds, 600);
    assert.match((await second.next('game_grace_changed')).message, /held for 10 minutes/);
    first.drop();
    await second.next('player_left');
    await until('the seat to be held', async () => (await rowOf(host, 'Holding')).seats[0].state === 'away');
    const held = (await rowOf(host, 'Holding')).seats[0].held_for_seconds;
    assert.ok(held > 500 && held <= 600, `${held}`);
    const reply = await host.request('extend_hold', { ...place, seconds: 1800 });
    assert.ok(reply.held_for_seconds > 2300 && reply.held_for_seconds <= 2400);
    assert.match((await second.next('host_notice')).message, /for longer/);
    assert.ok(journal('Holding', 1).includes('hold_extended host'));
    assert.equal((await host.request('extend_hold', { ...place, seconds: 86_400 })).ok, true);
    const most = await host.request('extend_hold', { ...place, seconds: 60 });
    assert.ok(most.code === 'hold_too_long' || most.held_for_seconds <= 86_400, JSON.stringify(most));
    assert.equal((await host.request('set_grace', { grace_seconds: 1 })).code, 'bad_request');

    await server.kill();
    await server.start();
    const later = await Player.host(server.url);
    assert.equal(later.all('connection_established')[0].grace_seconds, 600);
    const { game_state } = await later.request('dashboard_join');
    assert.deepEqual([game_state.grace_seconds, game_state.configured_grace_seconds], [600, 3600]);
    const seats = (await rowOf(later, 'Holding')).seats;
    assert.ok(seats[0].held_for_seconds > 80_000, 'the longer hold');
    assert.ok(seats[1].held_for_seconds <= 600, 'who was there has the grace of the game');
    assert.equal((await later.request('set_grace', { grace_seconds: null })).grace_seconds, 3600);
    for (const player of [host, first, second, later]) player.close();
});

test('nobody but a host does any of it', async () => {
    const player = await lone('Players');
    const place = { team_id: player.seated.team_id, player_slot: 1 };
    for (const [event, fields] of [
        ['release_seat', place],
        ['move_player', { ...place, to_team_id: place.team_id, to_player_slot: 2 }],
        ['extend_hold', { ...place, seconds: 60 }],
        ['set_grace', { grace_seconds: 60 }],
        ['set_grace', {}],
    ]) {
        const reply = await player.request(event, fields);
        assert.equal(reply.code, 'not_host', event);
        assert.match(reply.message, /host/);
    }
    player.close();
});
