// What somebody sees who comes while far too many do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launchChromium, PlayerPage } from '../support/browser.mjs';
import { Flood } from '../support/flood.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

/** On a busy machine a crowd comes in waves, and who comes between two of them just gets in: another one tries then. */
async function comeIntoTheCrowd(browser, url) {
    for (let others = 0; others < 40; others += 1) {
        const newcomer = await PlayerPage.open(await browser.newContext(), url);
        const queue = newcomer.page.getByText('Many people at once: you are in the queue.');
        await queue.or(newcomer.element('team-name-input')).first().waitFor();
        if (await queue.isVisible()) return newcomer;
        await newcomer.page.context().close();
    }
    throw new Error('Forty came while far too many did, and all just got in.');
}

test('a newcomer is told of the queue and gets in by itself; who has a seat reloads straight into it', async () => {
    const browser = await launchChromium();
    const server = new HoldfastServer({ options: ['--commands-waiting', '64', '--events-per-second', '200'] });
    await server.start();
    let flood;
    try {
        const seated = await PlayerPage.open(await browser.newContext(), server.url);
        await seated.createTeam('Early');
        flood = new Flood(server.url, { sockets: 100, inFlight: 10 });
        await until('the crowd to be turned away', () => (flood.refusals.get('overloaded') ?? 0) >= 100);

        const newcomer = await comeIntoTheCrowd(browser, server.url);
        assert.equal(await newcomer.element('error-message').count(), 0, 'it is no error');

        await seated.page.reload();
        await seated.seated();

        flood.stop();
        await newcomer.element('team-name-input').waitFor({ timeout: 40_000 });
        await newcomer.joinTeam('Early');
    } finally {
        flood?.stop();
        await browser.close();
        await server.dispose();
    }
});
