// A player's phone is dead: a new one asks the host for the seat.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlayerPage, startedGame } from '../support/browser.mjs';
import { browserAndServer } from '../support/browser_test.mjs';

const { browser, server } = browserAndServer();

async function asks(team, name) {
    const phone = await PlayerPage.open(await browser.newPhone(), server.url);
    await phone.online();
    await phone.element('ask-in').locator('summary').click();
    await phone.element('ask-seat').waitFor();
    const seat = phone.element('ask-seat').locator('option', { hasText: team });
    await phone.element('ask-seat').selectOption(await seat.getAttribute('value'));
    await phone.element('ask-name').fill(name);
    await phone.element('ask-host').click();
    await phone.element('asking').getByText('The host has been asked.').waitFor();
    return phone;
}

test('the host is asked on the dashboard, says yes, and the new phone opens in seat and round', async () => {
    const { first, second, host, team } = await startedGame(browser, server.url, { team: 'Dead phone' });
    const round = await first.round();
    await first.page.close();
    await second.waitForSeat(1, 'away');
    const phone = await asks(team, '<b>Ann</b>');

    const request = host.page.locator(`[data-testid="request"][data-team="${team}"]`);
    await request.waitFor();
    assert.match(await request.textContent(), /<b>Ann<\/b> asks for seat 1/, 'what they write is shown as text');
    await request.locator('[data-testid="approve"]').click();
    await host.element('decide-no').click();
    await request.locator('[data-testid="approve"]').click();
    await host.element('decide-yes').click();
    await phone.seated();
    assert.equal((await phone.round()).roundId, round.roundId);
    await request.waitFor({ state: 'detached' });
    await second.waitForSeat(1, 'connected');
    await phone.page.reload();
    await phone.seated();
});

test('a reload comes back to the question: the host has it once, and says yes to the page of after', async () => {
    const { first, second, host, team } = await startedGame(browser, server.url, { team: 'Reloaded' });
    await first.page.close();
    await second.waitForSeat(1, 'away');
    const phone = await asks(team, 'Ann');
    const request = host.page.locator(`[data-testid="request"][data-team="${team}"]`);
    await request.waitFor();
    const before = await request.getAttribute('data-request');
    await phone.page.reload();
    await phone.element('asking').getByText('The host has been asked.').waitFor();
    await request.locator('[data-testid="approve"]:enabled').waitFor();
    assert.equal(await request.getAttribute('data-request'), before, 'the same request, not another one');
    await request.locator('[data-testid="approve"]').click();
    await host.element('decide-yes').click();
    await phone.seated();
    await second.waitForSeat(1, 'connected');
    await phone.element('leave-team').click();
    await phone.element('leave-team-yes').click();
    await phone.element('team-name-input').waitFor();
    await phone.page.reload();
    await phone.online();
    await phone.element('team-name-input').waitFor();
    assert.equal(await phone.element('asking').count(), 0, 'what was granted is not asked again');
});

test('while the server is started anew the page waits and asks again; a no is told in words', async () => {
    const { first, second, host, team } = await startedGame(browser, server.url, { team: 'Patient' });
    await first.page.close();
    await second.waitForSeat(1, 'away');
    const phone = await asks(team, 'Ann');
    const request = host.page.locator(`[data-testid="request"][data-team="${team}"]`);
    const before = await request.getAttribute('data-request');
    await server.kill();
    await server.start();
    await phone.online();
    await phone.element('asking').getByText('The host has been asked.').waitFor();
    await host.page.locator('[data-testid="connection-state"][data-state="online"]').waitFor({ state: 'attached', timeout: 30_000 });
    // The question of before is shown until the new one comes.
    await host.page.locator(`[data-request="${before}"]`).waitFor({ state: 'detached' });
    await request.locator('[data-testid="refuse"]').click();
    await host.element('decide-yes').click();
    await phone.element('error-message').waitFor();
    assert.match(await phone.element('error-message').textContent(), /did not give you that seat/);
    assert.equal(await phone.element('asking').count(), 0);
});

test('the host bans a device: its page says so, and it plays again when the ban is lifted', async () => {
    const { first, second, host, team } = await startedGame(browser, server.url, { team: 'Banned' });
    await host.row(team).locator('[data-testid="seat"][data-slot="1"] [data-testid="seat-menu"]').click();
    await host.element('ban-device').click();
    await host.element('ban-device-yes').click();
    await first.element('error-message').waitFor();
    assert.match(await first.element('error-message').textContent(), /banned this device/);
    assert.match(await first.element('status-message').textContent(), /The host can change that/, 'it is not asked to take a seat');
    await second.waitForSeat(1, 'vacant');
    await first.page.reload();
    await first.element('team-name-input').waitFor();
    await first.page.locator(`[data-testid="join-team"][data-team="${team}"]`).click();
    await first.element('error-message').waitFor();
    const ban = host.page.locator(`[data-testid="ban"][data-team="${team}"]`);
    await ban.locator('[data-testid="lift-ban"]').click();
    await host.element('lift-ban-yes').click();
    await ban.waitFor({ state: 'detached' });
    await first.joinTeam(team);
    await second.waitForSeat(1, 'connected');
});

test('the host keeps a seat for somebody, who opens the code and sits in it', async () => {
    const { second, host } = await startedGame(browser, server.url, { team: 'Other team' });
    await host.element('reserve-team').fill('Guests');
    await host.element('reserve-name').fill('Ann');
    await host.element('reserve').click();
    const kept = host.page.locator('[data-testid="reservation"][data-team="Guests"]');
    await kept.locator('[data-testid="reservation-qr"]').click();
    const address = await kept.locator('[data-testid="qr-code"]').getAttribute('data-url');
    const guest = new PlayerPage(await (await browser.newPhone()).newPage(), server.url);
    await guest.page.goto(address);
    await guest.seated();
    assert.equal(await guest.element('seat-name').textContent(), 'Ann');
    await kept.waitFor({ state: 'detached' });
    assert.ok(await second.element('leave-team').first().isVisible());
});
