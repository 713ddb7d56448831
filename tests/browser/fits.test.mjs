// What is on a phone's screen fits it and can be touched, also with the longest and widest names; who works with the
// keyboard, or listens to the page, is not lost.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { DashboardPage, PlayerPage } from '../support/browser.mjs';
import { browserAndServer } from '../support/browser_test.mjs';
import { newDevice, Player, seat } from '../support/player.mjs';
import { until } from '../support/server.mjs';

/** The widest letter, as often as a name may have it. */
const wide = 'W'.repeat(40);

const { browser, server } = browserAndServer();
const players = [];
after(() => players.forEach((player) => player.close()));

async function seated(event, team) {
    const player = await seat(server.url, event, team, { device: newDevice() });
    players.push(player);
    return player;
}

/** Nothing stands out to the side, and whatever can be pressed has at least 44 pixels (links in a sentence are let off). */
async function fits(page, what) {
    const found = await page.evaluate(() => {
        const root = document.documentElement;
        const small = [...document.querySelectorAll('button, input, select, summary, a')]
            .map((element) => ({ element, box: element.getBoundingClientRect() }))
            .filter(({ element, box }) => box.width > 0 && !(element.tagName === 'A' && element.closest('.hint')))
            .filter(({ box }) => Math.round(box.height) < 44 || Math.round(box.width) < 44)
            .map(({ element, box }) => `${element.tagName} ${element.textContent} ${box.width}x${box.height}`);
        return { tooWide: root.scrollWidth - root.clientWidth, small };
    });
    assert.deepEqual(found, { tooWide: 0, small: [] }, what);
}

test('the page of a player fits a phone whatever teams and players are called', async () => {
    const gone = await seated('create_team', wide);
    await seated('join_team', wide);
    gone.close();
    const phone = await PlayerPage.open(await browser.newPhone(), server.url);
    await phone.online();
    await fits(phone.page, 'the lobby');
    await phone.element('move-in').locator('summary').click();
    await phone.element('ask-in').locator('summary').click();
    await phone.element('ask-seat').waitFor();
    const option = phone.element('ask-seat').locator('option', { hasText: wide });
    await phone.element('ask-seat').selectOption(await option.getAttribute('value'));
    await phone.element('ask-name').fill(wide);
    await fits(phone.page, 'the form that asks for a seat');
    await phone.element('ask-host').click();
    await phone.element('asking').getByText('The host has been asked.').waitFor();
    assert.match(await phone.element('status-message').textContent(), /Wait here for the host/);
    await fits(phone.page, 'waiting for the host');
    await phone.element('stop-asking').click();
    await phone.createTeam(`${wide.slice(1)}M`);
    await fits(phone.page, 'seated');
    await phone.element('move-out').click();
    await phone.element('qr-code').waitFor();
    await phone.element('leave-team').click();
    await fits(phone.page, 'a code for another phone, and leaving');
});

test('the dashboard fits a phone too, with requests, kept seats, bans and every question open', async () => {
    const team = `${wide.slice(1)}A`;
    const gone = await seated('create_team', team);
    await seated('join_team', team);
    gone.close();
    const disturber = await seated('create_team', `${wide.slice(1)}B`);
    const keys = await Player.host(server.url);
    players.push(keys);
    assert.ok((await keys.request('reserve_seat', { team_name: `${wide.slice(1)}C`, name: wide })).ok);
    assert.ok((await keys.request('ban_device', { team_id: disturber.seated.team_id, player_slot: 1 })).ok);
    const host = await DashboardPage.open(await browser.newPhone(), server.url);
    await host.waitForSeat(team, 1, 'away');
    assert.equal(await host.element('requests-told').textContent(), '');
    const asker = await Player.connect(server.url, { device: newDevice() });
    players.push(asker);
    assert.ok((await asker.request('ask_for_seat', { team_name: team, player_slot: 1, name: wide })).ok);
    await host.element('request').waitFor();
    assert.equal(await host.element('requests-told').textContent(), '1 player asks for a seat');
    await fits(host.page, 'the dashboard');

    await host.row(team).locator('[data-testid="seat"][data-slot="1"] [data-testid="seat-menu"]').click();
    await host.element('reservation-qr').click();
    await fits(host.page, 'tools and a code');
    for (const name of ['move-player', 'refuse', 'withdraw', 'lift-ban', 'change-grace', 'restart-game']) {
        await host.element(name).click();
    }
    await fits(host.page, 'every question');
});

test('a question gives the focus back to where it was asked', async () => {
    const host = await DashboardPage.open(await browser.newContext(), server.url);
    const focused = () => host.page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
    await host.element('restart-game').focus();
    await host.page.keyboard.press('Enter');
    assert.equal(await focused(), 'restart-game-no', 'Enter changes nothing');
    await host.page.keyboard.press('Escape');
    await until('the focus to be back', async () => (await focused()) === 'restart-game');
});
