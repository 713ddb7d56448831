// A player goes on on another phone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlayerPage, startedGame } from '../support/browser.mjs';
import { browserAndServer } from '../support/browser_test.mjs';

const { browser, server } = browserAndServer();

test('by scanning: the new phone opens in the seat and the round, the old one says where the seat has gone', async () => {
    const { first, second } = await startedGame(browser, server.url, { team: 'Scanned' });
    const round = await first.round();
    await first.element('move-out').click();
    const address = await first.element('qr-code').getAttribute('data-url');
    assert.ok(address.startsWith(`${server.url}/#move=`), 'the code stands behind the #, which reaches no server');

    const phone = new PlayerPage(await (await browser.newPhone()).newPage(), server.url);
    await phone.page.goto(address);
    await phone.seated();
    assert.equal((await phone.round()).roundId, round.roundId);
    assert.ok(!phone.page.url().includes('move='), 'a reload does not use the code again');
    await first.element('error-message').waitFor();
    assert.match(await first.element('error-message').textContent(), /another phone/);
    await first.element('team-name-input').waitFor();
    await phone.page.reload();
    await phone.seated();
    await second.waitForSeat(1, 'connected');
});

test('by typing the code, and a wrong one is explained', async () => {
    const old = await PlayerPage.open(await browser.newPhone(), server.url);
    await old.createTeam('Typed');
    await old.element('move-out').click();
    const code = await old.element('move-code').textContent();

    const phone = await PlayerPage.open(await browser.newPhone(), server.url);
    await phone.online();
    await phone.element('move-in').locator('summary').click();
    await phone.element('move-code-input').fill('abcde-fghjk');
    await phone.element('move-here').click();
    await phone.element('error-message').waitFor();
    assert.match(await phone.element('error-message').textContent(), /not known/);
    await phone.element('move-code-input').fill(code.trim().toLowerCase());
    await phone.element('move-here').click();
    await phone.seated();
});
