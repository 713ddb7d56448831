// Tokens against everything that comes at them: a hundred at once, late ones, lost replies, strangers, released players.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDatabase } from '../support/database.mjs';
import { Player, newDevice, seat, seatedTeam } from '../support/player.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

async function onServer(options, play) {
    const server = new HoldfastServer({ options });
    await server.start();
    try {
        await play(server);
        assert.equal(server.process.exitCode, null, 'the process lives');
    } finally {
        await server.dispose();
    }
}

/** What the journal says about a seat, the oldest first. */
function lifeOf(server, team, slot) {
    return readDatabase(server.database).journal.filter((entry) => entry.team === team && entry.slot === slot);
}

for (const threads of ['1', '2']) {
    test(`one token on 100 sockets at once, with ${threads} threads: one has the seat, the others are told, one at every instant`, async () => {
        await onServer(['--threads', threads, '--ping-interval-ms', '60000'], async (server) => {
            const { first, second } = await seatedTeam(server.url, 'Hundred');
            first.drop();
            const rushing = await Promise.all(
                Array.from({ length: 100 }, (_, index) =>
                    Player.connect(server.url, { device: newDevice(), transports: index % 4 ? ['websocket'] : undefined }),
                ),
            );
            const epochBefore = readDatabase(server.database).teams[0].seats[0].epoch;
            const answers = await Promise.all(rushing.map((player) => player.request('reconnect_with_token', { token: first.token })));
            const seated = rushing.filter((_, index) => answers[index].ok);
            for (const answer of answers.filter(({ ok }) => !ok)) assert.equal(answer.code, 'token_retired');
            assert.ok(seated.length >= 1);
            await until('everybody but one to be told', () => seated.filter((player) => player.all('taken_over').length === 1).length === seated.length - 1);
            const holders = seated.filter((player) => player.all('taken_over').length === 0);
            assert.equal(holders.length, 1);
            const [holder] = holders;

            // On disk each change of hands is one step of the epoch and one line of the journal: they happened one after the other.
            await until('the disk to be quiet', () => readDatabase(server.database).teams[0].seats[0].state === 'connected');
            const disk = readDatabase(server.database);
            assert.equal(disk.teams[0].seats[0].epoch, epochBefore + seated.length);
            const hands = lifeOf(server, 'Hundred', 1).filter(({ what }) => what === 'resumed' || what === 'taken_over');
            assert.ok(hands.length >= seated.length, JSON.stringify(hands.length));
            // Nobody hears a word of the team once told that the seat is gone, and nobody can touch it.
            for (const player of rushing) {
                if (player === holder) continue;
                const events = player.told.map(({ event }) => event);
                const lost = events.indexOf('taken_over');
                const secret = ['team_status_update', 'new_question', 'reconnection_token', 'answer_confirmed'];
                if (lost >= 0) assert.ok(!events.slice(lost).some((event) => secret.includes(event)), String(events));
                assert.equal((await player.request('leave_team')).code, lost >= 0 ? 'taken_over' : 'not_seated');
            }
            assert.equal(second.all('player_left').length, 0, 'the partner was not alone for a moment');
            assert.equal((await holder.request('leave_team')).ok, true);
            for (const player of [second, ...rushing]) player.close();
        });
    });
}

test('a retired token, late: refused with the reason, in the journal, counted, and nobody is disturbed', async () => {
    await onServer([], async (server) => {
        const { first, second } = await seatedTeam(server.url, 'Retired');
        first.drop();
        const back = await Player.connect(server.url);
        assert.equal((await back.request('reconnect_with_token', { token: first.token })).ok, true);
        const { token } = await back.next('reconnection_token');
        assert.equal((await back.request('confirm_token', { token })).ok, true);
        const heard = [back, second].map((player) => player.told.length);
        const late = await Player.connect(server.url, { device: newDevice() });
        const answer = await late.request('reconnect_with_token', { token: first.token });
        assert.deepEqual([answer.ok, answer.code], [false, 'token_retired']);
        assert.match(answer.message, /a newer one replaced it/);
        assert.equal(late.all('team_joined').length, 0);
        const refused = await until('the journal', () => lifeOf(server, 'Retired', 1).find(({ what }) => what === 'token_refused'));
        assert.equal(refused.reason, 'token_retired');
        assert.equal(await server.metric('holdfast_tokens_refused_total', '{reason="token_retired"}'), 1);
        // Whatever the team had been told of it would have come before these answers.
        for (const [index, player] of [back, second].entries()) {
            await player.request('get_reconnectable_teams');
            const news = player.told.slice(heard[index]).map(({ event }) => event);
            assert.deepEqual(news.filter((event) => event !== 'reconnectable_teams' && event !== 'teams_updated'), []);
        }
        for (const player of [back, second, late]) player.close();
    });
});

test('a stranger asks for the teams, joins a held seat, guesses tokens and calls host events: learns nothing, gets nothing', async () => {
    await onServer([], async (server) => {
        const device = newDevice();
        const owner = await seat(server.url, 'create_team', 'Private', { device });
        const partner = await seat(server.url, 'join_team', 'Private', { device: newDevice() });
        owner.drop();
        await until('the seat to be away', async () => (await server.metric('holdfast_seats', '{state="away"}')) === 1);
        const before = readDatabase(server.database);
        const heard = partner.told.length;

        const stranger = await Player.connect(server.url, { device: newDevice() });
        const { teams } = await stranger.request('get_reconnectable_teams');
        for (const row of teams) assert.ok(!('reconnection_token' in row), 'a token only for its own device');
        for (const team of ['Private', 'private']) {
            assert.equal((await stranger.request('join_team', { team_name: team })).code, 'team_full');
            assert.equal((await stranger.request('create_team', { team_name: team })).code, 'name_in_use');
            assert.equal((await stranger.request('reactivate_team', { team_name: team })).code, 'team_active');
        }
        const bytes = Buffer.from(owner.token, 'base64url');
        const guesses = [...bytes.keys()].map((at) => {
            const altered = Buffer.from(bytes);
            altered[at] ^= 1;
            return altered.toString('base64url');
        });
        for (const token of [...guesses, owner.token.slice(1), `${owner.token}A`, owner.token.toUpperCase(), 'undefined']) {
            assert.ok(['token_unknown', 'rate_limited'].includes((await stranger.request('reconnect_with_token', { token })).code), token);
        }
        for (const [event, data] of [
            ['dashboard_join'], ['start_game'], ['pause_game'], ['restart_game'], ['toggle_game_mode'], ['request_teams_update'],
            ['set_teams_streaming', { enabled: true }], ['release_seat', { team_id: before.teams[0].id, player_slot: 1 }],
        ]) {
            assert.equal((await stranger.request(event, data ?? {})).code, 'not_host', event);
        }
        const known = JSON.stringify(stranger.told);
        for (const secret of [owner.token, partner.token, device.split('=')[1], owner.socket.id, partner.socket.id]) {
            if (secret) assert.ok(!known.includes(secret), 'a secret of somebody else was told');
        }
        const after = readDatabase(server.database);
        assert.deepEqual(after.teams, before.teams, 'nothing has changed');
        assert.deepEqual(after.journal, before.journal, 'guesses do not fill the journal');
        assert.deepEqual(partner.told.slice(heard).filter(({ event }) => event !== 'player_left' && event !== 'team_status_update'), []);
        assert.ok((await server.metric('holdfast_tokens_refused_total', '{reason="token_unknown"}')) >= 20);
        // The many guesses came from this address: whoever has the right one still gets in when the minute is over, or by the device.
        const back = await Player.connect(server.url, { device });
        assert.equal((await back.request('join_team', { team_name: 'Private' })).ok, true);
        for (const player of [partner, stranger, back]) player.close();
    });
});

test('a player whom the host released while offline: the resume is refused with the reason, and the journal tells it', async () => {
    await onServer([], async (server) => {
        const device = newDevice();
        const owner = await seat(server.url, 'create_team', 'Released', { device });
        const partner = await seat(server.url, 'join_team', 'Released');
        const host = await Player.host(server.url);
        owner.drop();
        await until('the seat to be away', async () => (await server.metric('holdfast_seats', '{state="away"}')) === 1);
        const team = (await host.request('dashboard_join')).teams.find((row) => row.team_name === 'Released');
        assert.equal((await host.request('release_seat', { team_id: team.team_id, player_slot: 1 })).ok, true);

        for (const end of [undefined, 'kill']) {
            if (end) {
                await server.kill();
                await server.start();
            }
            const back = await Player.connect(server.url, { device });
            const answer = await back.request('reconnect_with_token', { token: owner.token });
            assert.deepEqual([answer.ok, answer.code], [false, 'seat_released']);
            assert.match(answer.message, /The host has freed your seat/);
            assert.equal(back.all('team_joined').length, 0);
            back.close();
        }
        const life = lifeOf(server, 'Released', 1).map(({ what, reason }) => `${what} ${reason}`);
        assert.ok(life.some((line) => line.startsWith('released')), String(life));
        assert.ok(life.some((line) => line === 'token_refused seat_released'), String(life));
        for (const player of [partner, host]) player.close();
    });
});
