// A reload, a closed tab, a second tab, both players away at once: the seat, the round and the answer stay.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlayerPage, startedGame } from '../support/browser.mjs';
import { browserAndServer } from '../support/browser_test.mjs';
import { until } from '../support/server.mjs';

const { browser, server } = browserAndServer();

test('a reload brings the seat, the round and the answer back without a click', async () => {
    const { first, second } = await startedGame(browser, server.url, { team: 'Reload' });
    await first.answer(true);
    const before = await first.round();
    await first.page.reload();
    await first.seated();
    assert.deepEqual(await first.round(), before);
    await first.waitForSeat(2, 'connected');
    await second.waitForSeat(1, 'connected');
    await second.answer(false);
    await first.waitForRoundOtherThan(before.roundId);
});

test('a closed tab leaves the seat held, and a new tab of the same device has it again', async () => {
    const { first, second, devices } = await startedGame(browser, server.url, { team: 'Closed tab' });
    const before = await first.round();
    await first.page.close();
    await second.waitForSeat(1, 'away');
    const back = await PlayerPage.open(devices[0], server.url);
    await back.seated();
    assert.deepEqual(await back.round(), before);
    await second.waitForSeat(1, 'connected');
});

test('both are away at once and come back in either order', async () => {
    for (const order of [[0, 1], [1, 0]]) {
        const { first, second, devices } = await startedGame(browser, server.url, { team: `Both away ${order}` });
        const before = [await first.round(), await second.round()];
        await Promise.all([first.page.close(), second.page.close()]);
        await until(
            'both seats to be away',
            async () => (await server.metric('holdfast_seats', '{state="connected"}')) === connectedElsewhere(),
        );
        const back = [];
        for (const player of order) {
            back[player] = await PlayerPage.open(devices[player], server.url);
            await back[player].seated();
        }
        assert.deepEqual([await back[0].round(), await back[1].round()], before);
        await back[0].waitForSeat(2, 'connected');
        await back[1].waitForSeat(1, 'connected');
        seatedElsewhere += 2;
    }
});

test('a second tab takes the seat, the older one is told and can take it back', async () => {
    const { first, second, devices } = await startedGame(browser, server.url, { team: 'Two tabs' });
    const before = await first.round();
    const newer = await PlayerPage.open(devices[0], server.url);
    await newer.seated();
    await first.element('taken-over').waitFor();
    assert.deepEqual(await newer.round(), before);
    assert.equal(await second.seatState(1), 'connected', 'the partner sees no gap');

    await first.element('take-back').click();
    await first.seated();
    await newer.element('taken-over').waitFor();
    assert.deepEqual(await first.round(), before);
});

// Seats of the earlier tests in this file that are still connected when 'both are away' counts: four of two teams.
let seatedElsewhere = 4;
function connectedElsewhere() {
    return seatedElsewhere;
}
