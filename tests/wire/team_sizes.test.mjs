// Teams of 1 to 8 seats: filled, played, resumed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Player, seat } from '../support/player.mjs';
import { HoldfastServer } from '../support/server.mjs';

for (const size of [1, 3, 8]) {
    test(`a team of ${size}: every seat is taken once, the round waits for all, a lost seat is resumed`, async () => {
        const server = new HoldfastServer({ options: ['--seats-per-team', String(size)] });
        await server.start();
        try {
            const players = [await seat(server.url, 'create_team', 'Sized')];
            while (players.length < size) players.push(await seat(server.url, 'join_team', 'Sized'));
            assert.deepEqual(
                players.map((player) => player.seated.player_slot),
                players.map((_, index) => index + 1),
            );
            const late = await Player.connect(server.url);
            assert.equal((await late.request('join_team', { team_name: 'Sized' })).code, 'team_full');

            const host = await Player.host(server.url);
            await host.request('start_game');
            const questions = await Promise.all(players.map((player) => player.next('new_question')));
            assert.equal(new Set(questions.map((question) => question.round_id)).size, 1);
            const answer = (index) =>
                players[index].request('submit_answer', {
                    round_id: questions[index].round_id,
                    item: questions[index].item,
                    answer: true,
                });
            for (let index = 1; index < size; index += 1) assert.equal((await answer(index)).ok, true);

            players[0].drop();
            const back = await Player.connect(server.url);
            back.emit('reconnect_with_token', { token: players[0].token });
            assert.equal((await back.next('team_joined')).player_slot, 1);
            assert.equal((await back.next('new_question')).round_id, questions[0].round_id);
            players[0] = back;
            assert.equal((await answer(0)).ok, true);
            assert.equal((await back.next('round_complete')).round_number, 1);
            assert.equal((await back.next('new_question')).round_number, 2);
            for (const player of [...players, late, host]) player.close();
        } finally {
            await server.dispose();
        }
    });
}
