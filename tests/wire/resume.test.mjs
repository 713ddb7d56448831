// What a resume keeps: the round, the answer, the pause; through lost replies, drops and kill -9.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Player, newDevice, seat, seatedTeam } from '../support/player.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

let server;
before(async () => {
    server = new HoldfastServer();
    await server.start();
});
after(() => server?.dispose());

test('after kill -9 the snapshot is complete: team, slot, round, own answer, pause', async () => {
    const host = await Player.host(server.url);
    const { first, second } = await seatedTeam(server.url, 'Snapshot');
    await host.request('start_game');
    const question = await first.next('new_question');
    first.emit('submit_answer', { round_id: question.round_id, item: question.item, answer: true });
    await first.next('answer_confirmed');
    await host.request('pause_game');
    await server.kill();
    await server.start();

    const back = await Player.connect(server.url);
    assert.equal(back.last('connection_established').game_started, true);
    back.emit('reconnect_with_token', { token: first.token });
    const order = ['team_joined', 'reconnection_token', 'team_status_update', 'new_question', 'answer_confirmed', 'game_state_update'];
    const told = {};
    for (const event of order) told[event] = await back.next(event);
    assert.deepEqual(
        back.told.map((entry) => entry.event).filter((event) => order.includes(event)),
        order,
        'in the order of the contract',
    );
    assert.equal(told.team_joined.player_slot, 1);
    assert.equal(told.team_joined.is_reconnection, true);
    assert.equal(told.team_status_update.disable_input, true, 'the partner is still away');
    assert.deepEqual(
        { round_id: told.new_question.round_id, item: told.new_question.item, round_number: told.new_question.round_number },
        { round_id: question.round_id, item: question.item, round_number: question.round_number },
    );
    assert.equal(told.game_state_update.paused, true);

    const partner = await Player.connect(server.url);
    partner.emit('reconnect_with_token', { token: second.token });
    const theirs = await partner.next('new_question');
    assert.equal(theirs.round_id, question.round_id);
    await partner.next('game_state_update');
    assert.equal(partner.all('answer_confirmed').length, 0, 'the partner has not answered yet');
    const again = await Player.host(server.url);
    await again.request('pause_game');
    await partner.next('game_state_update');
    partner.emit('submit_answer', { round_id: theirs.round_id, item: theirs.item, answer: false });
    assert.equal((await back.next('round_complete')).round_number, question.round_number);
    assert.equal((await back.next('new_question')).round_number, question.round_number + 1);
    await again.request('restart_game');
    for (const player of [first, second, host, back, partner, again]) player.close();
});

test('a lost reply: the token before stays good and leads to the same successor until the new one is known', async () => {
    const { first, second } = await seatedTeam(server.url, 'Lost reply');
    first.drop();
    const tokens = new Set();
    const lost = [];
    for (let attempt = 0; attempt < 5; attempt += 1) {
        const player = await Player.connect(server.url);
        player.emit('reconnect_with_token', { token: first.token });
        assert.equal((await player.next('team_joined')).player_slot, 1);
        tokens.add((await player.next('reconnection_token')).token);
        player.drop();
        lost.push(player);
    }
    assert.equal(tokens.size, 1, 'always the same successor');
    const [successor] = tokens;
    const back = await Player.connect(server.url);
    back.emit('reconnect_with_token', { token: successor });
    assert.notEqual((await back.next('reconnection_token')).token, successor, 'used, so it is known, and rotates');
    const late = await Player.connect(server.url);
    assert.equal((await late.request('reconnect_with_token', { token: first.token })).code, 'token_retired');
    for (const player of [...lost, second, back, late]) player.close();
});

test('a heartbeat answered after the token was sent retires the one before', async () => {
    const quick = new HoldfastServer({ options: ['--ping-interval-ms', '150', '--ping-timeout-ms', '2000'] });
    await quick.start();
    try {
        const first = await seat(quick.url, 'create_team', 'Heartbeat');
        first.drop();
        const back = await Player.connect(quick.url);
        back.emit('reconnect_with_token', { token: first.token });
        await back.next('reconnection_token');
        await until('the heartbeat to confirm the token', async () => (await quick.metric('holdfast_tokens_confirmed_total')) >= 1);
        const late = await Player.connect(quick.url);
        assert.equal((await late.request('reconnect_with_token', { token: first.token })).code, 'token_retired');
        assert.equal(back.all('taken_over').length, 0);
        for (const player of [first, back, late]) player.close();
    } finally {
        await quick.dispose();
    }
});

test('the same token on a second connection: newest wins, the older one is told', async () => {
    const { first, second } = await seatedTeam(server.url, 'Newest wins');
    const newer = await Player.connect(server.url);
    newer.emit('reconnect_with_token', { token: first.token });
    await newer.next('reconnection_token');
    const told = await first.next('taken_over');
    assert.equal(told.player_slot, 1);
    assert.equal((await first.request('leave_team', {})).ok, false, 'the older connection can do nothing to the seat');
    first.drop();
    assert.equal((await newer.request('get_reconnectable_teams')).ok, true);
    assert.equal(second.last('team_status_update').disable_input, false, 'the late close of the older one frees nothing');
    for (const player of [second, newer]) player.close();
});

test('the same operation ten times, across kill -9: one effect and the same answer', async () => {
    const device = newDevice();
    const op = 'op-0123456789abcdef';
    const answers = [];
    for (let attempt = 0; attempt < 10; attempt += 1) {
        if (attempt === 5) {
            await server.kill();
            await server.start();
        }
        const player = await Player.connect(server.url, { device });
        const { ok, team_id: team, player_slot: slot, event } = await player.request('create_team', { team_name: 'Once', op });
        answers.push({ ok, team, slot, event });
        player.drop();
    }
    assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1, JSON.stringify(answers));
    assert.deepEqual({ ...answers[0], team: 0 }, { ok: true, team: 0, slot: 1, event: 'team_created' });
    const host = await Player.host(server.url);
    const board = await host.request('dashboard_join');
    assert.equal(board.teams.filter((team) => team.team_name === 'Once').length, 1);
    host.close();
});

test('a graceful stop tells everybody, and stock clients come back by themselves', async () => {
    const player = await Player.connect(server.url, { reconnection: true });
    player.emit('create_team', { team_name: 'Graceful' });
    const { token } = await player.next('reconnection_token');
    assert.equal(await server.stop(), 0);
    await player.next('server_shutdown');
    await server.start();
    await player.next('connection_established');
    player.emit('reconnect_with_token', { token });
    assert.equal((await player.next('team_joined')).is_reconnection, true);
    player.close();
});
