// The dashboard with a full house: 500 teams, live.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DashboardPage } from '../support/browser.mjs';
import { browserAndServer } from '../support/browser_test.mjs';
import { Player, seat } from '../support/player.mjs';
import { hostKey, until } from '../support/server.mjs';

const { browser, server } = browserAndServer({ options: ['--connections-per-address', '0'] });

test('500 teams are shown, found and kept up to date', async (context) => {
    const host = await DashboardPage.open(await browser.newContext({ viewport: { width: 1280, height: 900 } }), server.url);
    const players = [];
    for (let group = 0; group < 10; group += 1) {
        players.push(
            ...(await Promise.all(
                Array.from({ length: 50 }, (_, index) =>
                    seat(server.url, 'create_team', `Team ${group * 50 + index}`, { transports: ['websocket'] }),
                ),
            )),
        );
    }
    await until('the dashboard to count 500 players', async () => {
        const text = await host.element('figures-players').textContent();
        return Number(text.replace(/\D/g, '')) === 500;
    });
    await host.element('team-filter').fill('Team 487');
    await host.waitForSeat('Team 487', 1, 'connected');
    const partner = await Player.connect(server.url, { transports: ['websocket'] });
    const began = Date.now();
    assert.equal((await partner.request('join_team', { team_name: 'Team 487' })).ok, true);
    await host.waitForSeat('Team 487', 2, 'connected');
    context.diagnostic(`a change of one team among 500 was on the screen after ${Date.now() - began} ms`);
    players[487].drop();
    await host.waitForSeat('Team 487', 1, 'away');
    assert.equal(await host.row('Team 487').count(), 1);
    [...players, partner].forEach((player) => player.close());
});

test('the link with the key logs in and leaves the address bar; logging out ends it', async () => {
    const device = await browser.newContext();
    const page = await device.newPage();
    await page.goto(`${server.url}/dashboard#key=${hostKey}`);
    const host = new DashboardPage(page);
    await host.element('start-game').waitFor();
    assert.ok(!page.url().includes(hostKey), 'the key does not stay in the address bar');
    assert.ok((await host.element('qr-code').count()) === 1);
    await page.reload();
    await host.element('start-game').waitFor();
    await host.element('logout').click();
    await host.element('host-key-input').waitFor();
});
