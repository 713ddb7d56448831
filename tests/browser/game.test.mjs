// The main job: a game of 20 rounds on real pages, with the server killed in the middle of two of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startedGame } from '../support/browser.mjs';
import { browserAndServer } from '../support/browser_test.mjs';
import { until } from '../support/server.mjs';

const { browser, server } = browserAndServer();

test('20 rounds are played to a correct total although the server is killed in the middle of two', async () => {
    const { first, second, host, team } = await startedGame(browser, server.url);
    const seen = new Set();

    for (let number = 1; number <= 20; number += 1) {
        const before = { first: await first.round(), second: await second.round() };
        assert.equal(before.first.roundId, before.second.roundId, 'both sit in the same round');
        assert.ok(!seen.has(before.first.roundId), 'no round comes twice');
        seen.add(before.first.roundId);

        if (number === 7) {
            await first.answer(true);
            await server.kill();
            await Promise.all([first.notOnline(), second.notOnline()]);
            await server.start();
            await Promise.all([first.online(), second.online()]);
            await Promise.all([first.waitForSeat(2, 'connected'), second.waitForSeat(1, 'connected')]);
            assert.deepEqual(
                await first.round(),
                { ...before.first, answer: 'true' },
                'the same round, item and answer are back without a click',
            );
            assert.deepEqual(await second.round(), before.second);
        } else if (number === 13) {
            await server.kill();
            await Promise.all([first.notOnline(), second.notOnline()]);
            await server.start();
            await Promise.all([first.online(), second.online()]);
            await Promise.all([first.waitForSeat(2, 'connected'), second.waitForSeat(1, 'connected')]);
            assert.deepEqual(await first.round(), before.first);
            assert.deepEqual(await second.round(), before.second);
            await first.answer(number % 2 === 0);
        } else {
            await first.answer(number % 2 === 0);
        }
        await second.answer(number % 3 === 0);
        await Promise.all([
            first.waitForRoundOtherThan(before.first.roundId),
            second.waitForRoundOtherThan(before.second.roundId),
        ]);
    }

    assert.equal(seen.size, 20);
    await until('the dashboard to show 40 answers', async () => (await host.answersCount()) === 40);
    assert.equal(await host.row(team).count(), 1);
    assert.equal(await server.metric('holdfast_sessions_preserved'), 2, 'both seats were preserved at the last start');
});
