// The host moves a player, holds a seat for longer and changes the grace on the dashboard; players read of it on their pages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DashboardPage, PlayerPage } from '../support/browser.mjs';
import { browserAndServer } from '../support/browser_test.mjs';
import { seat } from '../support/player.mjs';
import { until } from '../support/server.mjs';

const { browser, server } = browserAndServer();

const saying = (page, id, words) =>
    until(`${id} to say ${words}`, async () => words.test((await page.element(id).textContent()) ?? ''));
const notice = (page, words) => saying(page, 'host-notice', words);

test('a move is asked once, can be refused by the keyboard, and is read by the player it touches', async () => {
    const phone = await browser.newContext();
    const player = await PlayerPage.open(phone, server.url);
    await player.online();
    await player.element('team-name-input').fill('Otters');
    await player.element('create-team').click();
    await player.seated();
    const partner = await seat(server.url, 'join_team', 'Otters');
    const badger = await seat(server.url, 'create_team', 'Badgers');
    const host = await DashboardPage.open(await browser.newContext({ viewport: { width: 1280, height: 900 } }), server.url);
    await host.waitForSeat('Badgers', 1, 'connected');

    const otter = host.row('Otters').locator('[data-testid="seat"][data-slot="1"]');
    await otter.locator('[data-testid="seat-menu"]').click();
    await host.element('move-where').selectOption({ label: 'Badgers, seat 2' });
    await host.element('move-player').focus();
    await host.page.keyboard.press('Enter');
    // The harmless choice has the focus: Enter keeps everybody where they are.
    await host.element('move-player-no').waitFor();
    await host.page.keyboard.press('Enter');
    await host.element('move-player-no').waitFor({ state: 'detached' });
    await host.waitForSeat('Otters', 1, 'connected');
    assert.equal(await host.element('host-outcome').count(), 0);

    await host.element('move-player').click();
    await host.element('move-player-yes').click();
    await saying(host, 'host-outcome', /seat 1 of the team Otters to seat 2 of the team Badgers/);
    await host.waitForSeat('Badgers', 2, 'connected');
    await host.waitForSeat('Otters', 1, 'vacant');
    await notice(player, /moved you to seat 2 of the team Badgers/);
    assert.match(await player.page.title(), /Badgers/);
    await player.element('host-notice-dismiss').click();
    assert.equal(await player.element('host-notice').count(), 0);
    assert.match((await badger.next('host_notice')).message, /moved somebody into seat 2/);

    // A reload, and the seat is still the new one.
    await player.page.reload();
    await player.seated();
    assert.match(await player.page.title(), /Badgers/);

    // The partner is away: the hold is made longer.
    badger.drop();
    await host.waitForSeat('Badgers', 1, 'away');
    await host.row('Badgers').locator('[data-testid="seat"][data-slot="1"] [data-testid="seat-menu"]').click();
    await host.element('hold-how-long').selectOption('1800');
    await host.element('extend-hold').click();
    await host.element('extend-hold-yes').click();
    await saying(host, 'host-outcome', /is held for (89|90) minutes more/);
    await notice(player, /holds seat 1 of your team for longer/);

    await host.element('change-grace').click();
    await host.element('grace-minutes').fill('10');
    await host.page.keyboard.press('Enter');
    await host.element('set-grace-yes').click();
    await until('the dashboard to show it', async () => (await host.element('grace').getAttribute('data-seconds')) === '600');
    await notice(player, /held for 10 minutes/);
    await host.page.reload();
    await until('and to show it still', async () => (await host.element('grace').getAttribute('data-seconds')) === '600');

    // Somebody who is there can be freed as well, and reads why.
    await host.row('Badgers').locator('[data-testid="seat"][data-slot="2"] [data-testid="seat-menu"]').click();
    await host.element('free-this-seat').click();
    await host.element('free-seat-yes').click();
    await saying(host, 'host-outcome', /freed seat 2 of the team Badgers/);
    await saying(player, 'error-message', /The host has freed your seat/);
    for (const one of [partner, badger]) one.close();
});
