// The host keeps a seat for somebody by name.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { readDatabase } from '../support/database.mjs';
import { Player, newDevice, seat } from '../support/player.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

const server = new HoldfastServer();
before(() => server.start());
after(() => server.dispose());

const stranger = () => Player.connect(server.url, { device: newDevice() });
async function newHost() {
    const host = await Player.host(server.url, { device: newDevice() });
    await host.request('dashboard_join');
    return host;
}
const kept = (host, team) =>
    until(`a seat kept in ${team}`, () => host.last('seat_claims')?.reservations.find((row) => row.team_name === team));

test('a kept seat is taken for others, its code lasts over a kill, works once, and the partner sees the name', async () => {
    let host = await newHost();
    const first = await seat(server.url, 'create_team', 'Keepers', { device: newDevice() });
    const reserved = await host.request('reserve_seat', { team_name: 'keepers', name: 'Ann <b>B.</b>' });
    assert.equal(reserved.ok, true);
    assert.equal(reserved.player_slot, 2);
    assert.match(reserved.code, /^[A-Z2-9]{5}-[A-Z2-9]{5}$/);
    const update = await until('the partner to see the name', () => first.all('team_status_update').find(({ seats }) => seats[1].reserved_for));
    assert.deepEqual(update.seats[1], { player_slot: 2, state: 'vacant', held_for_seconds: null, reserved_for: 'Ann <b>B.</b>' });
    const eve = await stranger();
    assert.equal((await eve.request('join_team', { team_name: 'Keepers' })).code, 'team_full');
    const listed = await eve.request('get_reconnectable_teams');
    assert.deepEqual(listed.reserved.map((row) => [row.team_name, row.player_slot]), [['Keepers', 2]]);
    assert.ok(!JSON.stringify(eve.told).includes('Ann'), 'strangers do not learn for whom');
    assert.equal((await eve.request('reserve_seat', { team_name: 'X', name: 'Eve' })).code, 'not_host');
    assert.equal((await eve.request('claim_seat', { code: 'ABCDE-FGHJK' })).code, 'move_code_unknown');
    const bytes = [server.database, `${server.database}-wal`].map((path) => readFileSync(path).toString('latin1')).join('');
    assert.ok(!bytes.includes(reserved.code.replace('-', '')), 'the code is on no disk');

    await server.kill();
    await server.start();
    host = await newHost();
    assert.equal((await kept(host, 'Keepers')).code, reserved.code);
    const ann = await stranger();
    const claimed = await ann.request('claim_seat', { code: reserved.code.toLowerCase(), op: 'mine' });
    assert.equal(claimed.ok, true);
    assert.equal(claimed.player_slot, 2);
    assert.equal((await ann.next('team_joined')).is_reconnection, false);
    assert.equal((await ann.request('claim_seat', { code: reserved.code, op: 'mine' })).ok, true, 'the same operation again');
    const late = await stranger();
    assert.equal((await late.request('claim_seat', { code: reserved.code })).code, 'move_code_unknown');
    const life = readDatabase(server.database).journal.filter((entry) => entry.team === 'Keepers' && entry.slot === 2);
    const words = life.map(({ what, reason }) => `${what} ${reason}`);
    assert.ok(words.includes('reserved host') && words.includes('joined reservation'), words.join(', '));
    for (const player of [host, first, eve, ann, late]) player.close();
});

test('a new team is made for it; withdrawn, the code ends and the seat is free', async () => {
    const host = await newHost();
    const { code, team_id, player_slot } = await host.request('reserve_seat', { team_name: 'Newcomers', name: 'Bob', player_slot: 2 });
    const first = await seat(server.url, 'join_team', 'Newcomers', { device: newDevice() });
    assert.equal(first.seated.player_slot, 1);
    assert.equal((await host.request('reserve_seat', { team_name: 'Newcomers', name: 'Bob', player_slot: 1 })).code, 'seat_taken');
    assert.equal((await host.request('withdraw_reservation', { team_id, player_slot })).ok, true);
    assert.equal((await host.request('withdraw_reservation', { team_id, player_slot })).code, 'reservation_unknown');
    const bob = await stranger();
    assert.equal((await bob.request('claim_seat', { code })).code, 'move_code_unknown');
    assert.equal((await bob.request('join_team', { team_name: 'Newcomers' })).ok, true);
    for (const player of [host, first, bob]) player.close();
});

test('who has lost the code asks the host', async () => {
    const host = await newHost();
    await host.request('reserve_seat', { team_name: 'Forgetful', name: 'Cid' });
    const cid = await stranger();
    assert.equal((await cid.request('ask_for_seat', { team_name: 'Forgetful', player_slot: 1, name: 'Cid' })).ok, true);
    const row = await until('the request', () => host.last('seat_claims')?.requests.find((one) => one.team_name === 'Forgetful'));
    assert.equal(row.is_reserved, true);
    assert.equal((await host.request('approve_request', { request_id: row.request_id })).ok, true);
    assert.equal((await cid.next('team_joined')).player_slot, 1);
    for (const player of [host, cid]) player.close();
});
