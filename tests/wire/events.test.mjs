// Every event of a player, field by field, as front ends written before Holdfast see it: over polling with the upgrade
// (the default), over WebSocket alone, over polling alone, and with older clients.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { io as io40 } from 'socket.io-client-4-0';
import { io as io45 } from 'socket.io-client-4-5';
import { io as io47 } from 'socket.io-client-4-7';
import { Player, newDevice, seat, seatedTeam } from '../support/player.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

let server;
before(async () => {
    server = new HoldfastServer();
    await server.start();
});
after(() => server?.dispose());

const ways = {
    'polling and the upgrade': {},
    'WebSocket alone': { transports: ['websocket'] },
    'polling alone': { transports: ['polling'] },
    'client 4.0': { io: io40 },
    'client 4.5': { io: io45 },
    'client 4.7': { io: io47 },
};

/** Asserts the fields that the contract names: {name: type or exact value}. */
function holds(data, fields) {
    for (const [name, wanted] of Object.entries(fields)) {
        assert.ok(name in data, `${name} is missing in ${JSON.stringify(data)}`);
        if (typeof wanted === 'function') assert.ok(wanted(data[name]), `${name}: ${JSON.stringify(data[name])}`);
        else assert.deepEqual(data[name], wanted, name);
    }
}
const text = (value) => typeof value === 'string' && value.length > 0;
const whole = (value) => Number.isInteger(value);
const truth = (value) => typeof value === 'boolean';
const list = (value) => Array.isArray(value);
const mode = (value) => value === 'classic' || value === 'new';
const teamRow = (row) => text(row.team_name) && whole(row.team_id) && truth(row.is_active);

for (const [way, settings] of Object.entries(ways)) {
    describe(way, () => {
        test('connection_established carries the state of play', async () => {
            const player = await Player.connect(server.url, settings);
            holds(player.last('connection_established'), {
                game_started: truth,
                available_teams: list,
                game_mode: mode,
                connection_stable: true,
            });
            player.close();
        });

        test('create, join, leave: every event with its fields, to whom it belongs', async () => {
            const team = `Create ${way}`;
            const watcher = await Player.connect(server.url, settings);
            const first = await Player.connect(server.url, settings);
            first.emit('create_team', { team_name: team });
            const created = await first.next('team_created');
            holds(created, {
                team_name: team,
                team_id: whole,
                message: text,
                game_started: truth,
                game_mode: mode,
                player_slot: 1,
            });
            assert.ok(!created.is_reactivated);
            holds(await first.next('reconnection_token'), {
                token: text,
                team_name: team,
                player_slot: 1,
                expires_in: 3600,
            });
            const listed = await until('the lobby to show the team', async () =>
                watcher.last('teams_updated')?.teams.find((row) => row.team_name === team),
            );
            assert.ok(teamRow(listed) && listed.is_active);
            holds(watcher.last('teams_updated'), { teams: (rows) => rows.every(teamRow), game_started: truth });

            const second = await Player.connect(server.url, settings);
            assert.ok(second.last('connection_established').available_teams.some((row) => row.team_name === team));
            second.emit('join_team', { team_name: team });
            holds(await second.next('team_joined'), {
                team_name: team,
                team_id: created.team_id,
                message: text,
                game_started: truth,
                team_status: 'full',
                is_reconnection: false,
                game_mode: mode,
                player_slot: 2,
            });
            holds(await second.next('reconnection_token'), { token: text, team_name: team, player_slot: 2, expires_in: 3600 });
            const both = { team_name: team, status: 'full', members: list, game_started: truth, disable_input: false };
            await until('the partner to know', () => first.last('team_status_update')?.status === 'full');
            holds(first.last('team_status_update'), both);
            assert.equal(first.last('team_status_update').members.length, 2);
            await until('the lobby to forget the full team', () =>
                watcher.last('teams_updated').teams.every((row) => row.team_name !== team),
            );
            assert.equal(watcher.all('team_status_update').length, 0, 'a team is nobody else\'s business');
            assert.equal(watcher.all('reconnection_token').length, 0);

            second.emit('leave_team', {});
            holds(await second.next('left_team_success'), { message: text });
            holds(await first.next('player_left'), { message: text });
            await until('the partner to wait', () => first.last('team_status_update').status === 'waiting_pair');
            holds(first.last('team_status_update'), { disable_input: true });
            first.emit('leave_team');
            await first.next('left_team_success');
            await until('the dissolved team to be offered', () =>
                watcher.last('teams_updated').teams.some((row) => row.team_name === team && row.is_active === false),
            );
            for (const player of [watcher, first, second]) player.close();
        });

        test('a dissolved team comes back by reactivate_team and by create_team', async () => {
            const team = `Dissolved ${way}`;
            const player = await seat(server.url, 'create_team', team, settings);
            const { team_id: id } = player.seated;
            player.emit('leave_team', {});
            await player.next('left_team_success');
            player.emit('reactivate_team', { team_name: team });
            holds(await player.next('team_created'), { team_id: id, player_slot: 1, is_reactivated: true, message: text });
            player.emit('leave_team', {});
            await player.next('left_team_success');
            player.emit('create_team', { team_name: team });
            holds(await player.next('team_created'), { team_id: id, player_slot: 1, is_reactivated: true });
            player.close();
        });

        test('an ack carries the same outcome as the event', async () => {
            const team = `Ack ${way}`;
            const player = await Player.connect(server.url, settings);
            const answer = await player.request('create_team', { team_name: team });
            assert.equal(answer.ok, true);
            const event = player.last('team_created') ?? (await player.next('team_created'));
            holds(answer, { team_name: team, team_id: event.team_id, player_slot: 1 });
            const refused = await player.request('create_team', { team_name: team });
            holds(refused, { ok: false, code: 'already_seated', message: text });
            holds(await player.next('error'), { code: 'already_seated', message: refused.message });
            player.close();
        });

        test('a resume by token: the order of events, and the seat as it was', async () => {
            const team = `Resume ${way}`;
            const { first, second } = await seatedTeam(server.url, team, settings);
            first.drop();
            await until('the seat to be away', () => second.last('team_status_update')?.disable_input === true);
            holds(await second.next('player_left'), { message: text });
            const back = await Player.connect(server.url, settings);
            back.emit('reconnect_with_token', { token: first.token });
            holds(await back.next('team_joined'), {
                team_name: team,
                team_id: first.seated.team_id,
                is_reconnection: true,
                player_slot: 1,
                team_status: 'full',
            });
            const renewed = await back.next('reconnection_token');
            holds(renewed, { player_slot: 1, team_name: team, expires_in: 3600 });
            assert.notEqual(renewed.token, first.token, 'a resume hands out a new token');
            holds(await back.next('team_status_update'), { status: 'full', disable_input: false });
            await until('the partner to know', () => second.last('team_status_update').disable_input === false);
            for (const player of [first, second, back]) player.close();
        });

        test('get_reconnectable_teams shows the token to the device that holds the seat, and to no other', async () => {
            const team = `Devices ${way}`;
            const device = newDevice();
            const first = await seat(server.url, 'create_team', team, { ...settings, device });
            const partner = await seat(server.url, 'join_team', team, settings);
            first.drop();
            await until('the seat to be away', () => partner.last('team_status_update')?.disable_input === true);

            const stranger = await Player.connect(server.url, { ...settings, device: newDevice() });
            stranger.emit('get_reconnectable_teams');
            const seen = (await stranger.next('reconnectable_teams')).teams.find((row) => row.team_name === team);
            holds(seen, { team_name: team, team_id: whole, disconnect_time: (value) => value > 1e9, player_slot: 1, has_token: true });
            assert.ok(!('reconnection_token' in seen));
            stranger.emit('join_team', { team_name: team });
            holds(await stranger.next('error'), { code: 'team_full', message: text });

            const own = await Player.connect(server.url, { ...settings, device });
            own.emit('get_reconnectable_teams', {});
            const mine = (await own.next('reconnectable_teams')).teams.find((row) => row.team_name === team);
            assert.ok(text(mine.reconnection_token));
            own.emit('reconnect_with_token', { token: mine.reconnection_token });
            holds(await own.next('team_joined'), { is_reconnection: true, player_slot: 1 });
            for (const player of [first, partner, stranger, own]) player.close();
        });

        test('join_team from the device of the away seat resumes it', async () => {
            const team = `Same device ${way}`;
            const device = newDevice();
            const first = await seat(server.url, 'create_team', team, { ...settings, device });
            const partner = await seat(server.url, 'join_team', team, settings);
            first.drop();
            await until('the seat to be away', () => partner.last('team_status_update')?.disable_input === true);
            const back = await seat(server.url, 'join_team', team, { ...settings, device });
            holds(back.seated, { is_reconnection: true, player_slot: 1 });
            for (const player of [first, partner, back]) player.close();
        });
    });
}
