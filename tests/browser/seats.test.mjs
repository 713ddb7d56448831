// Nobody takes a seat that is not theirs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlayerPage, startedGame } from '../support/browser.mjs';
import { browserAndServer } from '../support/browser_test.mjs';
import { Player } from '../support/player.mjs';

const { browser, server } = browserAndServer();

test('a stranger in another browser sees no token and cannot join the held seat; the host sees it as held', async () => {
    const { first, second, host, devices, team } = await startedGame(browser, server.url, { team: 'Held' });
    const token = JSON.parse(await first.storage());
    const secrets = Object.values(token).flatMap((value) => value.match(/[\w-]{60,}/g) ?? []);
    assert.ok(secrets.length > 0, 'the player keeps a token');
    await first.page.close();
    await second.waitForSeat(1, 'away');
    await host.waitForSeat(team, 1, 'away');

    const frames = [];
    const device = await browser.newContext();
    const page = await device.newPage();
    page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(String(payload))));
    page.on('response', async (response) => {
        if (response.url().includes('/socket.io/')) frames.push(await response.text().catch(() => ''));
    });
    await page.goto(`${server.url}/`);
    const stranger = new PlayerPage(page, server.url);
    await stranger.online();
    await stranger.element('team-name-input').waitFor();
    assert.equal(await page.locator(`[data-testid="join-team"][data-team="${team}"]`).count(), 0, 'no vacant seat is offered');

    // The stranger goes around the page and asks the server directly.
    const direct = await Player.connect(server.url);
    const listed = await direct.request('get_reconnectable_teams');
    assert.ok(listed.teams.some((row) => row.team_name === team && row.has_token), 'the held seat may be known');
    assert.ok(!JSON.stringify(listed).includes('reconnection_token'));
    const refused = await direct.request('join_team', { team_name: team });
    assert.equal(refused.ok, false);
    assert.equal(refused.code, 'team_full');
    direct.close();

    assert.ok(!secrets.some((secret) => frames.join('').includes(secret)), 'no frame holds the token');
    assert.ok(!frames.join('').includes('"reconnection_token"'), 'no token at all reaches a stranger');
    assert.ok(!(await stranger.storage()).match(/[\w-]{60,}/), 'the stranger stores none');

    const back = await PlayerPage.open(devices[0], server.url);
    await back.seated();
    await host.waitForSeat(team, 1, 'connected');
});
