// A reload, a change of network, a second tab and another device are told apart by what a client names in its `auth`, and a
// page that comes back by itself leaves the seat to another tab. Stock clients, which name nothing, are as they were.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readDatabase } from '../support/database.mjs';
import { newDevice, Player, seat } from '../support/player.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

let server;
before(async () => {
    server = new HoldfastServer();
    await server.start();
});
after(() => server?.dispose());

/** A seated player in a tab, with a partner so that the team lives on. */
async function seatedTab(team, { device = newDevice(), auth } = {}) {
    const player = await seat(server.url, 'create_team', team, { device, auth });
    const partner = await seat(server.url, 'join_team', team);
    return { player, partner, device };
}

async function back(token, settings, fields = {}) {
    const player = await Player.connect(server.url, settings);
    player.answer = await player.request('reconnect_with_token', { token, ...fields });
    return player;
}

function journal(team, slot) {
    return readDatabase(server.database)
        .journal.filter((entry) => entry.team === team && entry.slot === slot)
        .map(({ what, reason }) => `${what}/${reason}`);
}

const figure = (labels) => server.metric('holdfast_seat_changes_total', labels).then((value) => value ?? 0);
const resumes = (cause) => server.metric('holdfast_resumes_total', `{outcome="resumed",cause="${cause}"}`);

test('while the old connection still looks alive: reload, new connection, second tab, other device', async () => {
    const page = { tab: 11, page: 1 };
    const { player, partner, device } = await seatedTab('Told apart', { auth: page });
    const before = { reload: await resumes('reload'), network: await resumes('network'), takeover: await resumes('takeover') };

    const reloaded = await back(player.token, { device, auth: { tab: 11, page: 2 } });
    assert.equal(reloaded.answer.ok, true);
    assert.equal((await player.next('taken_over')).by, 'reload');
    const token = (await reloaded.next('reconnection_token')).token;

    const renewed = await back(token, { device, auth: { tab: 11, page: 2 } });
    assert.equal((await reloaded.next('taken_over')).by, 'new_connection');
    const second = await back((await renewed.next('reconnection_token')).token, { device, auth: { tab: 12, page: 3 } });
    const told = await renewed.next('taken_over');
    assert.equal(told.by, 'second_tab');
    assert.equal(told.code, 'taken_over');
    assert.match(told.message, /another tab/);
    const laptop = await back((await second.next('reconnection_token')).token, { device: newDevice(), auth: { tab: 13, page: 4 } });
    assert.equal((await second.next('taken_over')).by, 'other_device');
    assert.equal(laptop.answer.ok, true);

    assert.deepEqual(journal('Told apart', 1), [
        'joined/create_team',
        'resumed/reload',
        'resumed/new_connection',
        'taken_over/second_tab',
        'taken_over/other_device',
    ]);
    assert.equal(await resumes('reload'), before.reload + 1);
    assert.equal(await resumes('network'), before.network + 1);
    assert.equal(await resumes('takeover'), before.takeover + 2);
    for (const reason of ['second_tab', 'other_device']) assert.equal(await figure(`{reason="${reason}",what="taken_over"}`), 1);
    assert.equal(partner.all('player_left').length, 0, 'the partner sees no gap');
    for (const one of [player, partner, reloaded, renewed, second, laptop]) one.close();
});

test('a client that names no tab: as before, the newest wins, and nothing is said of which', async () => {
    const { player, partner, device } = await seatedTab('Stock');
    const newer = await back(player.token, { device });
    assert.equal(newer.answer.ok, true);
    const told = await player.next('taken_over');
    assert.equal(told.by, undefined);
    assert.equal(told.message, 'Your seat is now open in another tab or on another device. Go on there, or join again here.');
    // Nor has one with other ideas of what `auth` is for.
    const odd = await back((await newer.next('reconnection_token')).token, { device, auth: { tab: 'main', page: { number: 1 } } });
    assert.equal(odd.answer.ok, true);
    assert.equal((await newer.next('taken_over')).by, undefined);
    assert.deepEqual(journal('Stock', 1), ['joined/create_team', 'taken_over/token', 'taken_over/token']);
    for (const one of [player, partner, newer, odd]) one.close();
});

test('stand_back: the seat stays with the tab that has it, and nobody there hears of it', async () => {
    const { player, partner, device } = await seatedTab('Stands back', { auth: { tab: 21, page: 1 } });
    const newer = await back(player.token, { device, auth: { tab: 22, page: 2 } });
    await newer.next('team_status_update');
    player.drop();
    const heard = newer.told.length;

    const older = await back(player.token, { device, auth: { tab: 21, page: 1 } }, { stand_back: true });
    assert.equal(older.answer.ok, false);
    assert.equal(older.answer.code, 'taken_over');
    assert.equal(older.last('taken_over').by, 'second_tab');
    assert.equal(older.all('team_joined').length, 0);
    assert.equal((await newer.request('get_reconnectable_teams')).ok, true);
    assert.deepEqual(
        newer.told.slice(heard).map(({ event }) => event).filter((event) => event !== 'reconnectable_teams'),
        [],
    );
    // Its player's button: the same without the field, over the same connection.
    assert.equal((await older.request('reconnect_with_token', { token: player.token })).ok, true);
    assert.equal((await newer.next('taken_over')).by, 'second_tab');
    for (const one of [partner, newer, older]) one.close();
});

test('stand_back: a lone page has its seat again at once, over a dead connection of its own and over a closed one of the other', async () => {
    const { player, partner, device } = await seatedTab('Lone', { auth: { tab: 31, page: 1 } });
    // The old connection lives as far as the server knows.
    const again = await back(player.token, { device, auth: { tab: 31, page: 1 } }, { stand_back: true });
    assert.equal(again.answer.ok, true);
    const newer = await back((await again.next('reconnection_token')).token, { device, auth: { tab: 32, page: 2 } });
    const { token } = await newer.next('reconnection_token');
    newer.drop();
    await until('the seat to be away', () => partner.last('team_status_update').disable_input === true);
    const older = await back(token, { device, auth: { tab: 31, page: 1 } }, { stand_back: true });
    assert.equal(older.answer.ok, true);
    for (const one of [player, partner, again, older]) one.close();
});

test('stand_back of another type is explained, and costs no token', async () => {
    const { player, partner } = await seatedTab('Wrong type');
    const other = await Player.connect(server.url);
    const answer = await other.request('reconnect_with_token', { token: player.token, stand_back: 'yes' });
    assert.equal(answer.code, 'bad_request');
    assert.match(answer.message, /stand_back/);
    assert.doesNotMatch(answer.message, /token|reconnection/);
    for (const one of [player, partner, other]) one.close();
});
