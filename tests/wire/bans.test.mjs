// The host bans the device that has a seat.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readDatabase } from '../support/database.mjs';
import { Player, newDevice, seat } from '../support/player.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

const server = new HoldfastServer();
before(() => server.start());
after(() => server.dispose());

async function newHost() {
    const host = await Player.host(server.url, { device: newDevice() });
    await host.request('dashboard_join');
    return host;
}
const banOf = (host, team) =>
    until(`a ban for ${team}`, () => host.last('seat_claims')?.bans.find((row) => row.team_name === team));

test('the player is told, the seat is free, and the device gets none; also after a kill, until the ban is lifted', async () => {
    let host = await newHost();
    const device = newDevice();
    const rude = await seat(server.url, 'create_team', 'Polite', { device });
    const partner = await seat(server.url, 'join_team', 'Polite', { device: newDevice() });
    const { team_id } = rude.seated;
    assert.equal((await partner.request('ban_device', { team_id, player_slot: 1 })).code, 'not_host');
    assert.equal((await host.request('ban_device', { team_id, player_slot: 1, op: 'ban-1' })).ok, true);
    const told = await rude.next('error');
    assert.equal(told.code, 'device_banned');
    assert.match(told.message, /token/, 'its token is of no more use: existing clients forget it');
    assert.equal((await partner.next('player_left')).for_good, true);
    const ban = await banOf(host, 'Polite');
    assert.equal(ban.player_slot, 1);

    await server.kill();
    await server.start();
    host = await newHost();
    assert.equal((await host.request('ban_device', { team_id, player_slot: 1, op: 'ban-1' })).code, 'seat_vacant', 'another host, another device');
    const again = await Player.connect(server.url, { device });
    for (const [event, data] of [
        ['create_team', { team_name: 'Ruder' }],
        ['join_team', { team_name: 'Polite' }],
        ['reactivate_team', { team_name: 'Polite' }],
        ['reconnect_with_token', { token: rude.token }],
        ['move_seat', { code: 'ABCDE-FGHJK' }],
        ['ask_for_seat', { team_name: 'Polite', player_slot: 2, name: 'Ann' }],
    ]) {
        assert.equal((await again.request(event, data)).code, 'device_banned', event);
    }
    const sameAddress = await seat(server.url, 'join_team', 'Polite', { device: newDevice() });
    assert.equal(sameAddress.seated.player_slot, 1, 'others behind the same address are welcome');

    const { ban_id } = await banOf(host, 'Polite');
    assert.equal((await again.request('lift_ban', { ban_id })).code, 'not_host');
    assert.equal((await host.request('lift_ban', { ban_id })).ok, true);
    assert.equal((await host.request('lift_ban', { ban_id })).code, 'ban_unknown');
    assert.equal((await again.request('create_team', { team_name: 'Better' })).ok, true);
    const life = readDatabase(server.database).journal.filter((entry) => entry.team === 'Polite' && entry.slot === 1);
    const words = life.map(({ what, reason }) => `${what} ${reason}`);
    assert.ok(words.includes('released device_banned') && words.includes('ban_lifted host'), words.join(', '));
    for (const player of [host, rude, partner, again, sameAddress]) player.close();
});
