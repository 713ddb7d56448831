// Team names on the page: what breaks the rule is explained, and what keeps it is shown as text, markup and all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DashboardPage, PlayerPage } from '../support/browser.mjs';
import { browserAndServer } from '../support/browser_test.mjs';

const { browser, server } = browserAndServer();

test('a name that breaks the rule is refused with a sentence, and the form is there for another one', async () => {
    const player = await PlayerPage.open(await browser.newContext(), server.url);
    await player.online();
    for (const name of ['abc\u202Egnp', 'a\u200Bb', '\u2066hidden']) {
        await player.element('team-name-input').fill(name);
        await player.element('create-team').click();
        await player.element('error-message').waitFor();
        assert.match(await player.element('error-message').textContent(), /1 to 40 visible characters/, JSON.stringify(name));
        assert.equal(await player.element('leave-team').count(), 0);
    }
    await player.createTeam('Straße 7');
    const other = await PlayerPage.open(await browser.newContext(), server.url);
    await other.online();
    await other.element('team-name-input').fill('  STRASSE   7 ');
    await other.element('create-team').click();
    await other.element('error-message').waitFor();
    assert.match(await other.element('error-message').textContent(), /There is a team with that name/);
    for (const { page } of [player, other]) await page.context().close();
});

test('markup in a name is text on the page of the player, of the partner, of others and of the host', async () => {
    const name = '<img src=x onerror=hit()><b>&lt;';
    assert.ok(name.length <= 40);
    const device = async () => {
        const context = await browser.newContext();
        await context.addInitScript(() => {
            window.hit = () => {
                window.wasHit = true;
            };
        });
        return context;
    };
    const first = await PlayerPage.open(await device(), server.url);
    await first.createTeam(name);
    const second = await PlayerPage.open(await device(), server.url);
    await second.joinTeam(name);
    const host = await DashboardPage.open(await device(), server.url);
    await host.waitForSeat(name, 2, 'connected');
    for (const { page } of [first, second, host]) {
        await page.getByText(name, { exact: false }).first().waitFor();
        assert.equal(await page.evaluate(() => window.wasHit === true), false);
        assert.equal(await page.locator('img[src="x"]').count(), 0);
        await page.context().close();
    }
});
