// The host asks why: a player drops and comes back, and the dashboard tells it in words, in figures and in a plot.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { DashboardPage, launchChromium, PlayerPage } from '../support/browser.mjs';
import { Network } from '../support/network.mjs';
import { Player, seat } from '../support/player.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

let browser;
let server;
let network;
before(async () => {
    browser = await launchChromium();
    server = new HoldfastServer({ options: ['--quiet-drop-ms', '0'] });
    await server.start();
    network = new Network(server);
    await network.start();
});
after(async () => {
    await browser?.close();
    await network?.dispose();
    await server?.dispose();
});

/** How many pixels of the plot have the colour that the page gives a variable. */
function pixelsOf(page, variable) {
    return page.evaluate((name) => {
        const canvas = document.querySelector('[data-testid="report-plot"] canvas');
        const probe = document.createElement('span');
        probe.style.color = `var(${name})`;
        document.body.append(probe);
        const wanted = getComputedStyle(probe).color.match(/\d+/g).map(Number);
        probe.remove();
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let at = 0; at < data.length; at += 4) {
            if (wanted.every((value, index) => Math.abs(data[at + index] - value) < 8) && data[at + 3] > 200) count += 1;
        }
        return count;
    }, variable);
}

test('the host clicks why and reads what happened to the seat', async () => {
    const phone = await browser.newContext({ viewport: { width: 390, height: 844 } });
    const player = await PlayerPage.open(phone, network.url);
    await player.createTeam('<b>Owls</b>');
    const desk = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true });
    const host = await DashboardPage.open(desk, server.url);
    await host.waitForSeat('<b>Owls</b>', 1, 'connected');
    network.cut();
    await host.waitForSeat('<b>Owls</b>', 1, 'away');
    network.mend();
    await player.online();
    await host.waitForSeat('<b>Owls</b>', 1, 'connected');

    const row = host.row('<b>Owls</b>');
    const why = row.locator('[data-testid="why"]');
    assert.equal(await why.getAttribute('aria-expanded'), 'false');
    await why.focus();
    await host.page.keyboard.press('Enter');
    const life = row.locator('[data-testid="life"][data-slot="1"]');
    await life.waitFor();
    const lines = await life.locator('li span').allTextContents();
    assert.match(lines[0], /^Came back with the token, after (less than a second|\d+ s|\d+ min.*) away\.$/);
    assert.match(lines[1], /^Away because (the phone lost the connection|the connection was closed, as by leaving or reloading the page)\.$/);
    assert.equal(lines[2], 'Sat down by creating the team.');
    assert.equal(await life.locator('[data-testid="life-summary"]').textContent(), 'Taken, and its player is connected.');
    assert.equal(await row.locator('[data-testid="life"]').count(), 2);

    // Escape closes it, and the keyboard is where it was.
    await host.page.keyboard.press('Escape');
    await life.waitFor({ state: 'detached' });
    assert.equal(await host.page.evaluate(() => document.activeElement?.getAttribute('data-testid')), 'why');
    await phone.close();
});

test('the report counts the drop, and the plot shows it', async () => {
    const desk = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' });
    const host = await DashboardPage.open(desk, server.url);
    const loser = await seat(server.url, 'create_team', 'Foxes', { transports: ['websocket'] });
    loser.drop();
    await host.waitForSeat('Foxes', 1, 'away');
    const again = await Player.connect(server.url);
    assert.equal((await again.request('reconnect_with_token', { token: loser.token })).ok, true);
    const figure = async (name) => Number.parseInt(await host.element(name).textContent(), 10);
    await until('the report to count both', async () => (await figure('report-drops')) >= 2 && (await figure('report-returns')) >= 2);
    assert.match(await host.element('report-plot').getAttribute('aria-label'), /^Over time: \d+ connections lost/);
    await host.element('report-plot').scrollIntoViewIfNeeded();
    await until('the bars of losses and returns', async () => {
        return (await pixelsOf(host.page, '--bad')) > 20 && (await pixelsOf(host.page, '--accent')) > 20;
    });
    assert.match(await host.element('report-worst').textContent(), /^Worst five minutes: from .*lost\.$/);
    assert.match(await host.element('report-teams').textContent(), /Foxes/);

    const [download] = await Promise.all([host.page.waitForEvent('download'), host.element('journal-csv').click()]);
    assert.equal(download.suggestedFilename(), 'holdfast-journal.csv');
    assert.match(readFileSync(await download.path(), 'utf8'), /,Foxes,1,away,/);
    again.close();
});

test('on a narrow screen nothing sticks out', async () => {
    const device = await browser.newContext({ viewport: { width: 320, height: 700 } });
    const host = await DashboardPage.open(device, server.url);
    await host.row('Foxes').locator('[data-testid="why"]').click();
    await host.row('Foxes').locator('[data-testid="life"]').first().waitFor();
    await host.element('report-plot').scrollIntoViewIfNeeded();
    const width = await host.page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 320, `the page is ${width} wide`);
});

test('who is no host reads nothing of it', async () => {
    const device = await browser.newContext();
    const page = await device.newPage();
    await page.goto(`${server.url}/dashboard`);
    const statuses = await page.evaluate(async () => {
        const answers = await Promise.all(['/api/host/journal', '/api/host/report'].map((path) => fetch(path)));
        return answers.map((answer) => answer.status);
    });
    assert.deepEqual(statuses, [401, 401]);
});
