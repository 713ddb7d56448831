// A dead phone: its player asks for the seat from another one, and the host decides.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readDatabase } from '../support/database.mjs';
import { Player, newDevice, seatedTeam } from '../support/player.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

const server = new HoldfastServer();
let host;
before(async () => {
    await server.start();
    host = await Player.host(server.url, { device: newDevice() });
    await host.request('dashboard_join');
});
after(async () => {
    host?.close();
    await server.dispose();
});

const stranger = () => Player.connect(server.url, { device: newDevice() });

/** The request for a seat of that team, as the host sees it. */
function requestFor(team, of = host) {
    return until(`a request for a seat of ${team}`, () =>
        of.last('seat_claims')?.requests.find((row) => row.team_name === team));
}
const noRequestFor = (team, of = host) =>
    until(`no request for ${team}`, () => !of.last('seat_claims').requests.some((row) => row.team_name === team));

/** A team whose first player's phone has died. */
async function bereaved(team) {
    const { first, second } = await seatedTeam(server.url, team);
    first.drop();
    await second.next('player_left');
    return { first, second };
}

test('the host sees who asks, says yes, and the new phone has seat, round and answer; the dead one opens nothing', async () => {
    const { first, second } = await seatedTeam(server.url, 'Bereaved');
    await host.request('start_game');
    const question = await first.next('new_question');
    await first.request('submit_answer', { round_id: question.round_id, item: question.item, answer: true });
    first.drop();
    await second.next('player_left');

    const phone = await stranger();
    const listed = await phone.request('get_reconnectable_teams');
    assert.ok(listed.teams.some((row) => row.team_name === 'Bereaved' && row.player_slot === 1));
    const asked = await phone.request('ask_for_seat', { team_name: 'Bereaved', player_slot: 1, name: ' Ann <i>B.</i> ' });
    assert.deepEqual([asked.ok, asked.event, asked.name], [true, 'seat_asked', 'Ann <i>B.</i>']);
    const row = await requestFor('Bereaved');
    assert.equal(row.name, 'Ann <i>B.</i>');
    assert.equal(row.away_because, 'closed_page');
    assert.equal(row.requests_from_address, 1);
    assert.ok(Math.abs(row.last_seen - Date.now() / 1000) < 60 && row.away_seconds < 60);
    assert.ok(!JSON.stringify(host.last('seat_claims')).includes('127.0.0.1'), 'no address is shown');

    const reply = await host.request('approve_request', { request_id: row.request_id, op: 'yes' });
    assert.equal(reply.ok, true);
    assert.equal((await phone.next('team_joined')).is_reconnection, true);
    const { token } = await phone.next('reconnection_token');
    assert.equal((await phone.next('new_question')).round_id, question.round_id);
    assert.equal((await phone.next('answer_confirmed')).answer, true);
    assert.equal((await host.request('approve_request', { request_id: row.request_id, op: 'yes' })).ok, true, 'the same again');
    assert.equal((await host.request('approve_request', { request_id: row.request_id })).code, 'request_over');
    await noRequestFor('Bereaved');

    const old = await stranger();
    assert.equal((await old.request('reconnect_with_token', { token: first.token })).code, 'token_retired');
    phone.close();
    const back = await stranger();
    assert.equal((await back.request('reconnect_with_token', { token })).ok, true);
    const life = readDatabase(server.database).journal.filter((entry) => entry.team === 'Bereaved' && entry.slot === 1);
    assert.ok(life.some(({ what, reason }) => what === 'moved' && reason === 'request'), JSON.stringify(life));
    for (const player of [second, back, old]) player.close();
});

test('the host says no: the asker hears it, the player who finds the phone comes back', async () => {
    const { first, second } = await bereaved('Kept');
    const thief = await stranger();
    await thief.request('ask_for_seat', { team_name: 'Kept', player_slot: 1, name: 'Ann' });
    const { request_id } = await requestFor('Kept');
    assert.equal((await host.request('refuse_request', { request_id })).ok, true);
    const told = await thief.next('error');
    assert.equal(told.code, 'request_refused');
    assert.doesNotMatch(told.message, /token|reconnection/);
    const back = await Player.connect(server.url);
    assert.equal((await back.request('reconnect_with_token', { token: first.token })).ok, true);
    const life = readDatabase(server.database).journal.filter((entry) => entry.team === 'Kept' && entry.slot === 1);
    assert.ok(life.some(({ what, reason }) => what === 'request_refused' && reason === 'host'), JSON.stringify(life));
    for (const player of [thief, second, back]) player.close();
});

test('the player is back before the host decides: the request is over, and the asker is told', async () => {
    const { first, second } = await bereaved('Quick');
    const phone = await stranger();
    await phone.request('ask_for_seat', { team_name: 'Quick', player_slot: 1, name: 'Ann' });
    const { request_id } = await requestFor('Quick');
    const back = await Player.connect(server.url);
    await back.request('reconnect_with_token', { token: first.token });
    assert.equal((await host.request('approve_request', { request_id })).code, 'request_over');
    assert.equal((await phone.next('error')).code, 'request_over');
    await noRequestFor('Quick');
    for (const player of [phone, second, back]) player.close();
});

test('what does not fit is refused in words, and others than hosts decide nothing', async () => {
    const { second } = await bereaved('Words');
    const phone = await stranger();
    const ask = (fields) => phone.request('ask_for_seat', { team_name: 'Words', player_slot: 1, name: 'Ann', ...fields });
    assert.equal((await ask({ name: '\u202e' })).code, 'bad_name');
    assert.equal((await ask({ name: 7 })).code, 'bad_request');
    assert.equal((await ask({ player_slot: 'first' })).code, 'bad_request');
    assert.equal((await ask({ team_name: 'Nobody' })).code, 'team_unknown');
    assert.equal((await ask({ player_slot: 2 })).code, 'seat_not_waiting');
    assert.equal((await second.request('ask_for_seat', { team_name: 'Words', player_slot: 1, name: 'Bob' })).code, 'already_seated');
    assert.equal((await ask({})).ok, true);
    const { request_id } = await requestFor('Words');
    for (const event of ['approve_request', 'refuse_request']) {
        assert.equal((await phone.request(event, { request_id })).code, 'not_host');
        assert.equal((await host.request(event, {})).code, 'bad_request');
    }
    assert.equal(phone.all('seat_claims').length, 0, 'only hosts see who asks');
    assert.equal((await phone.request('stop_asking')).ok, true);
    await noRequestFor('Words');
    for (const player of [phone, second]) player.close();
});

test('a page that loses its connection asks again, and it is the same request', async () => {
    const { second } = await bereaved('Flaky');
    const device = newDevice();
    const phone = await Player.connect(server.url, { device });
    await phone.request('ask_for_seat', { team_name: 'Flaky', player_slot: 1, name: 'Ann' });
    const { request_id } = await requestFor('Flaky');
    phone.drop();
    await until('the host to see that the asker is gone', async () => (await requestFor('Flaky')).is_connected === false);
    assert.equal((await host.request('approve_request', { request_id })).code, 'asker_absent');
    const again = await Player.connect(server.url, { device });
    await again.request('ask_for_seat', { team_name: 'Flaky', player_slot: 1, name: 'Ann' });
    await until('the host to see the asker again', async () => (await requestFor('Flaky')).is_connected === true);
    assert.equal((await requestFor('Flaky')).request_id, request_id);
    assert.equal((await host.request('approve_request', { request_id })).ok, true);
    await again.next('team_joined');
    for (const player of [again, second]) player.close();
});

test('who asks without end is stopped', async () => {
    const { second } = await bereaved('Pestered');
    const pest = await stranger();
    const codes = new Set();
    for (let count = 0; count < 14; count += 1) {
        codes.add((await pest.request('ask_for_seat', { team_name: 'Pestered', player_slot: 1, name: `Ann ${count}` })).code);
    }
    assert.ok(codes.has('too_many_requests'));
    assert.equal(host.last('seat_claims').requests.filter((row) => row.team_name === 'Pestered').length <= 1, true);
    for (const player of [pest, second]) player.close();
});
