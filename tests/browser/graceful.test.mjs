// A server that is stopped and started again in good order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startedGame } from '../support/browser.mjs';
import { browserAndServer } from '../support/browser_test.mjs';

const { browser, server } = browserAndServer();

test('after a graceful stop and start everybody is back in the same round without a click', async (context) => {
    const { first, second, host, team } = await startedGame(browser, server.url, { team: 'Graceful' });
    await first.answer(true);
    const before = [await first.round(), await second.round()];
    assert.equal(await server.stop(), 0, 'the process ends with success');
    await first.page.locator('[data-testid="connection-state"]:not([data-state="online"])').waitFor({ state: 'attached' });
    await server.start();
    const ready = Date.now();
    await Promise.all([first.online(), second.online()]);
    await Promise.all([first.waitForSeat(2, 'connected'), second.waitForSeat(1, 'connected')]);
    context.diagnostic(`both seats resumed on the screen ${Date.now() - ready} ms after the server was ready`);
    assert.deepEqual([await first.round(), await second.round()], before);
    await host.waitForSeat(team, 1, 'connected');
    await host.waitForSeat(team, 2, 'connected');
});
