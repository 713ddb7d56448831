// Bad wifi: half a minute without a network, shorter and longer than the ping time-out, and a network that dies silently.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pass } from 'node:timers/promises';
import { launchChromium, startedGame } from '../support/browser.mjs';
import { Network } from '../support/network.mjs';
import { HoldfastServer } from '../support/server.mjs';

let browser;
before(async () => {
    browser = await launchChromium();
});
after(async () => {
    await browser?.close();
});

async function withBadWifi(options, play) {
    const server = new HoldfastServer({ options });
    await server.start();
    const wifi = new Network(server);
    await wifi.start();
    try {
        const game = await startedGame(browser, server.url, { team: 'Wifi', playerUrls: [wifi.url, server.url] });
        await play({ ...game, server, wifi });
        await Promise.all(game.devices.map((device) => device.close()));
    } finally {
        await wifi.dispose();
        await server.dispose();
    }
}

test('30 seconds offline: the partner sees the seat held, and the player comes back to the round', async () => {
    await withBadWifi([], async ({ first, second, host, team, wifi }) => {
        const before = await first.round();
        wifi.cut();
        await first.notOnline();
        await second.waitForSeat(1, 'away');
        await host.waitForSeat(team, 1, 'away');
        await second.answer(true);
        await pass(30_000);
        wifi.mend();
        await first.seated();
        assert.deepEqual(await first.round(), before);
        await second.waitForSeat(1, 'connected');
        await first.answer(true);
        await second.waitForRoundOtherThan(before.roundId);
    });
});

test('30 seconds of silence, longer than the ping time-out: the server notices, the seat is held and resumed', async () => {
    const pings = ['--ping-interval-ms', '4000', '--ping-timeout-ms', '4000'];
    await withBadWifi(pings, async ({ first, second, wifi, server }) => {
        const before = await first.round();
        await first.answer(false);
        wifi.swallow();
        await second.waitForSeat(1, 'away', 20_000);
        await first.notOnline();
        await pass(30_000);
        wifi.mend();
        await first.seated();
        assert.deepEqual(await first.round(), { ...before, answer: 'false' });
        await second.waitForSeat(1, 'connected');
        assert.ok((await server.metric('holdfast_resumes_total', '{outcome="resumed",cause="network"}')) >= 1);
    });
});

test('a change of network: the new connection takes the seat while the old one still looks alive', async () => {
    await withBadWifi([], async ({ first, second, wifi }) => {
        const before = await first.round();
        wifi.swallow();
        wifi.mend();
        // The phone tells the page that the network has changed.
        await first.page.evaluate(() => window.dispatchEvent(new Event('online')));
        await first.answer(true);
        assert.equal((await first.round()).roundId, before.roundId);
        assert.equal((await first.round()).answer, 'true');
        await second.waitForSeat(1, 'connected');
    });
});
