// Bad input gets a clear error with a code, changes nothing and disturbs nobody.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Player, newDevice, seat, seatedTeam } from '../support/player.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

let server;
let bystander;
before(async () => {
    server = new HoldfastServer();
    await server.start();
    bystander = await seat(server.url, 'create_team', 'Bystanders');
});
after(async () => {
    bystander?.close();
    await server?.dispose();
});

/** The event is refused with the code, in an error event and in the ack. */
async function refused(player, code, event, ...data) {
    const answer = await player.request(event, ...data);
    assert.equal(answer.ok, false, `${event} ${JSON.stringify(data)} was taken: ${JSON.stringify(answer)}`);
    assert.equal(answer.code, code, `${event} ${JSON.stringify(data)}: ${answer.message}`);
    const error = await player.next('error');
    assert.equal(error.code, code);
    assert.ok(error.message.length > 10, 'the sentence says what was wrong');
    const useless = ['token_unknown', 'token_expired', 'token_retired', 'seat_released', 'seat_expired'].includes(code);
    assert.equal(/token|reconnection/i.test(error.message), useless, `"${error.message}" makes old clients keep or drop their token`);
    return error;
}

test('wrong types, missing fields and unknown events', async () => {
    const player = await Player.connect(server.url);
    for (const event of ['create_team', 'join_team', 'reactivate_team']) {
        for (const data of [undefined, null, 7, 'text', [], {}, { team_name: 7 }, { team_name: null }, { team_name: {} }]) {
            await refused(player, 'bad_request', event, data);
        }
    }
    for (const data of [null, 7, {}, { token: 7 }, { token: ['x'] }]) {
        await refused(player, 'bad_request', 'reconnect_with_token', data);
    }
    await refused(player, 'unknown_event', 'become_king', {});
    await refused(player, 'unknown_event', '__proto__', {});
    await refused(player, 'unknown_event', 'constructor', {});
    player.close();
});

test('team names: one rule for empty, endless, invisible and look-alike ones', async () => {
    const player = await Player.connect(server.url);
    const bad = ['', '   ', '\u0000', 'a\u0007b', 'x'.repeat(10_000), 'x'.repeat(41), 'abc\u202Egnp', '\u200B', 'a\u2066b', '\uFEFF'];
    for (const name of bad) await refused(player, 'bad_name', 'create_team', { team_name: name });

    const taken = await seat(server.url, 'create_team', 'Straße 7');
    for (const name of ['straße 7', 'STRASSE 7', '  Straße   7 ']) {
        await refused(player, 'name_in_use', 'create_team', { team_name: name });
    }
    const markup = await seat(server.url, 'create_team', '<b>&amp;</b>');
    assert.equal(markup.seated.team_name, '<b>&amp;</b>', 'markup is text');
    const forty = await seat(server.url, 'create_team', '名'.repeat(40));
    assert.equal(forty.seated.team_name, '名'.repeat(40));
    for (const one of [player, taken, markup, forty]) one.close();
});

test('team rules: in use, unknown, full, dissolved, already or not seated', async () => {
    const { first, second } = await seatedTeam(server.url, 'Rules');
    const player = await Player.connect(server.url);
    await refused(player, 'name_in_use', 'create_team', { team_name: 'Rules' });
    await refused(player, 'team_unknown', 'join_team', { team_name: 'Nobody' });
    await refused(player, 'team_unknown', 'reactivate_team', { team_name: 'Nobody' });
    await refused(player, 'team_active', 'reactivate_team', { team_name: 'Rules' });
    await refused(player, 'team_full', 'join_team', { team_name: 'Rules' });
    await refused(player, 'not_seated', 'leave_team', {});
    await refused(player, 'not_seated', 'submit_answer', { round_id: 1, item: 'A', answer: true });
    await refused(first, 'already_seated', 'create_team', { team_name: 'Another' });
    await refused(first, 'already_seated', 'join_team', { team_name: 'Rules' });
    first.emit('leave_team', {});
    second.emit('leave_team', {});
    await Promise.all([first.next('left_team_success'), second.next('left_team_success')]);
    await refused(player, 'team_dissolved', 'join_team', { team_name: 'Rules' });
    for (const one of [first, second, player]) one.close();
});

test('tokens: unknown, forged, of another seat, retired, of a seat that was given up', async () => {
    const { first, second } = await seatedTeam(server.url, 'Tokens');
    const player = await Player.connect(server.url);
    await refused(player, 'token_unknown', 'reconnect_with_token', { token: '' });
    await refused(player, 'token_unknown', 'reconnect_with_token', { token: 'x'.repeat(100_000) });
    await refused(player, 'token_unknown', 'reconnect_with_token', { token: 'not a token' });
    const forged = first.token.slice(0, -1) + (first.token.endsWith('A') ? 'E' : 'A');
    await refused(player, 'token_unknown', 'reconnect_with_token', { token: forged });

    first.drop();
    const once = await Player.connect(server.url);
    once.emit('reconnect_with_token', { token: first.token });
    const newer = (await once.next('reconnection_token')).token;
    assert.equal((await once.request('confirm_token', { token: newer })).ok, true);
    await refused(player, 'token_retired', 'reconnect_with_token', { token: first.token });
    assert.equal(once.all('taken_over').length, 0, 'the late token disturbs nobody');

    second.emit('leave_team', {});
    await second.next('left_team_success');
    await refused(player, 'token_retired', 'reconnect_with_token', { token: second.token });
    for (const one of [second, once, player]) one.close();
});

test('answers: before the start, to the wrong round or item, twice, with wrong types, while paused', async () => {
    const host = await Player.host(server.url);
    const { first, second } = await seatedTeam(server.url, 'Answers');
    await refused(first, 'game_not_started', 'submit_answer', { round_id: 1, item: 'A', answer: true });
    host.emit('start_game');
    const { round_id: round, item } = await first.next('new_question');
    await second.next('new_question');
    for (const data of [
        {},
        { round_id: round, item },
        { round_id: String(round), item, answer: true },
        { round_id: round, item, answer: 'true' },
        { round_id: round, item: 5, answer: true },
        { round_id: round + 0.5, item, answer: true },
        { round_id: -1, item, answer: true },
    ]) {
        await refused(first, 'bad_request', 'submit_answer', data);
    }
    await refused(first, 'wrong_round', 'submit_answer', { round_id: round + 1000, item, answer: true });
    const other = 'ABXY'.replace(item, '')[0];
    await refused(first, 'wrong_item', 'submit_answer', { round_id: round, item: other, answer: true });
    await host.request('pause_game');
    await refused(first, 'game_paused', 'submit_answer', { round_id: round, item, answer: true });
    await host.request('pause_game');
    first.emit('submit_answer', { round_id: round, item, answer: true });
    await first.next('answer_confirmed');
    await refused(first, 'already_answered', 'submit_answer', { round_id: round, item, answer: false });
    assert.equal(await server.metric('holdfast_answers_total'), 1, 'refused answers change nothing');
    await host.request('restart_game');
    for (const one of [host, first, second]) one.close();
});

test('host events from players are refused and change nothing; a wrong key makes no host', async () => {
    const player = await Player.connect(server.url);
    const pretender = await Player.connect(server.url, { auth: { host_key: 'guess' } });
    for (const one of [player, pretender, bystander]) {
        const starts = one.all('game_start').length;
        for (const event of [
            'dashboard_join',
            'start_game',
            'pause_game',
            'restart_game',
            'toggle_game_mode',
            'set_teams_streaming',
            'request_teams_update',
        ]) {
            await refused(one, 'not_host', event, { enabled: true });
        }
        assert.equal(one.all('dashboard_update').length, 0);
        assert.equal(one.all('game_start').length, starts);
    }
    player.close();
    pretender.close();
});

test('the host log-in: wrong keys are refused, the right one sets a cookie that makes a host', async () => {
    const { hostKey } = await import('../support/server.mjs');
    const login = (key) =>
        fetch(`${server.url}/api/host/login`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ key }),
        });
    assert.equal((await login('guess')).status, 401);
    const good = await login(hostKey);
    assert.ok(good.ok);
    const cookie = good.headers.get('set-cookie');
    assert.match(cookie, /HttpOnly/i);
    assert.match(cookie, /SameSite=Strict/i);
    const host = await Player.connect(server.url, { device: cookie.split(';')[0] });
    const board = await host.request('dashboard_join');
    assert.ok(Array.isArray(board.teams));
    host.close();
});

test('nothing of all this disturbed a bystander', async () => {
    const noise = bystander.told.filter(({ event, data }) => event === 'error' && data.code !== 'not_host');
    assert.deepEqual(noise, []);
    assert.equal(bystander.all('player_left').length, 0);
    assert.equal(bystander.last('team_status_update')?.team_name, 'Bystanders');
    const device = newDevice();
    const partner = await seat(server.url, 'join_team', 'Bystanders', { device });
    await until('the partner to be seen', () => bystander.last('team_status_update').status === 'full');
    partner.close();
});
