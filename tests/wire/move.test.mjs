// A seat goes to another phone by a one-time code.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readDatabase } from '../support/database.mjs';
import { Player, newDevice, seat, seatedTeam } from '../support/player.mjs';
import { HoldfastServer } from '../support/server.mjs';

const server = new HoldfastServer();
before(() => server.start());
after(() => server.dispose());

const stranger = () => Player.connect(server.url, { device: newDevice() });

test('the code brings seat, round and answer to the new phone; the old one is told and can do nothing more', async () => {
    const { first, second } = await seatedTeam(server.url, 'Movers');
    const host = await Player.host(server.url);
    await host.request('start_game');
    const question = await first.next('new_question');
    await first.request('submit_answer', { round_id: question.round_id, item: question.item, answer: true });
    const offer = await first.request('get_move_code');
    assert.match(offer.code, /^[A-Z2-9]{5}-[A-Z2-9]{5}$/);
    assert.equal(offer.expires_in, 120);

    const phone = await stranger();
    const reply = await phone.request('move_seat', { code: offer.code.toLowerCase().replace('-', ' ') });
    assert.equal(reply.ok, true);
    assert.equal(reply.player_slot, 1);
    assert.equal((await phone.next('team_joined')).is_reconnection, true);
    const { token } = await phone.next('reconnection_token');
    assert.equal((await phone.next('new_question')).round_id, question.round_id);
    assert.equal((await phone.next('answer_confirmed')).answer, true);

    const told = await first.next('error');
    assert.equal(told.code, 'seat_moved');
    assert.match(told.message, /token/, 'older clients forget theirs');
    assert.equal((await first.request('leave_team')).code, 'not_seated');
    assert.equal((await first.request('reconnect_with_token', { token: first.token })).code, 'token_retired');
    assert.equal((await first.request('join_team', { team_name: 'Movers' })).code, 'team_full');
    assert.equal(second.all('player_left').length, 0, 'the partner was not left alone for a moment');

    phone.close();
    const back = await stranger();
    assert.equal((await back.request('reconnect_with_token', { token })).ok, true);
    const life = readDatabase(server.database).journal.filter((entry) => entry.team === 'Movers' && entry.slot === 1);
    assert.ok(life.some(({ what, reason }) => what === 'moved' && reason === 'code'), JSON.stringify(life));
    for (const player of [first, second, host, back]) player.close();
});

test('a code is good once, the newest only, and for the seat it was made for', async () => {
    const owner = await seat(server.url, 'create_team', 'Once', { device: newDevice() });
    const [older, newer] = [await owner.request('get_move_code'), await owner.request('get_move_code')];
    const phone = await stranger();
    assert.equal((await phone.request('move_seat', { code: older.code })).code, 'move_code_unknown');
    assert.equal((await phone.request('get_move_code')).code, 'not_seated');
    assert.equal((await phone.request('move_seat', { code: newer.code, op: 'one' })).ok, true);
    assert.equal((await phone.request('move_seat', { code: newer.code, op: 'one' })).ok, true, 'the same operation again');
    const other = await stranger();
    assert.equal((await other.request('move_seat', { code: newer.code })).code, 'move_code_unknown');
    assert.equal((await other.request('move_seat', {})).code, 'bad_request');
    for (const player of [owner, phone, other]) player.close();
});

test('who tries codes at random is stopped, and disturbs nobody', async () => {
    const owner = await seat(server.url, 'create_team', 'Guessed', { device: newDevice() });
    const { code } = await owner.request('get_move_code');
    const thief = await stranger();
    const answers = [];
    for (let at = 0; at < 80; at += 1) {
        answers.push((await thief.request('move_seat', { code: `AAAAA-AAA${'ABCDEFGHJK'[at % 10]}${'ABCDEFGH'[Math.floor(at / 10)]}` })).code);
    }
    assert.ok(answers.includes('rate_limited'));
    assert.ok(!answers.includes(undefined), 'no try has led anywhere');
    assert.equal((await thief.request('move_seat', { code })).code, 'rate_limited', 'not even the right one now');
    assert.equal((await owner.request('get_move_code')).ok, true);
    for (const player of [owner, thief]) player.close();
});
