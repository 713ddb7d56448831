// One seat, several tabs: what is a reload and what a second tab, who is told, and that no tab takes the seat from another one
// unless its player asks for it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium, PlayerPage, startedGame } from '../support/browser.mjs';
import { readDatabase } from '../support/database.mjs';
import { Network } from '../support/network.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

let browser;
let server;
let wifi;
before(async () => {
    browser = await launchChromium();
    server = new HoldfastServer();
    await server.start();
    wifi = new Network(server);
    await wifi.start();
});
after(async () => {
    await browser?.close();
    await wifi?.dispose();
    await server?.dispose();
});

/** A team whose first player is on the wifi that tests break; every tab of that player has the same origin. */
async function onWifi(team) {
    const game = await startedGame(browser, server.url, { team, playerUrls: [wifi.url, server.url] });
    await neverTaken(game.first);
    return { ...game, before: await game.first.round() };
}

/** From now on the page remembers whether it ever said that the seat is somewhere else. */
function neverTaken(player) {
    return player.page.evaluate(() => {
        window.saidElsewhere = false;
        const look = () => (window.saidElsewhere ||= document.querySelector('[data-testid="taken-over"]') !== null);
        new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
    });
}

const saidElsewhere = (player) => player.page.evaluate(() => window.saidElsewhere);
/** The phone tells the page that the network is back: the page looks at its connection. */
const wake = (player) => player.page.evaluate(() => window.dispatchEvent(new Event('online')));
/** The connections of now die, and neither side hears of it; new ones get through. */
const die = () => wifi.swallowWebSockets();
const hands = (team, slot = 1) =>
    readDatabase(server.database)
        .journal.filter((entry) => entry.team === team && entry.slot === slot)
        .map(({ what, reason }) => `${what}/${reason}`);
const resumes = (cause) => server.metric('holdfast_resumes_total', `{outcome="resumed",cause="${cause}"}`);

async function toldOf(player, by) {
    await player.page.locator(`[data-testid="taken-over"][data-by="${by}"]`).waitFor({ timeout: 20_000 });
}

/** What Chromium's "Duplicate" and a link of the page do: the new tab begins with a copy of the old one's session storage. */
async function duplicate(player) {
    await player.page.evaluate(() => sessionStorage.setItem('copied', 'yes'));
    const [page] = await Promise.all([
        player.page.context().waitForEvent('page'),
        player.page.evaluate(() => void window.open(window.location.href)),
    ]);
    const copy = new PlayerPage(page, player.url);
    await copy.page.waitForLoadState();
    assert.equal(await copy.page.evaluate(() => sessionStorage.getItem('copied')), 'yes', 'the browser copies the storage');
    return copy;
}

test('a reload whose close the server never hears of is a reload, and no second tab', async () => {
    const { first, second, before } = await onWifi('Swallowed close');
    const reloads = await resumes('reload');
    const takeovers = await resumes('takeover');
    die();
    await first.page.reload();
    await first.seated();
    assert.deepEqual(await first.round(), before);
    assert.deepEqual(hands('Swallowed close'), ['joined/create_team', 'resumed/reload']);
    assert.equal(await resumes('reload'), reloads + 1);
    assert.equal(await resumes('takeover'), takeovers);
    assert.equal(await second.seatState(1), 'connected', 'the partner sees no gap');
    // Twice in the same tab: still the same tab.
    die();
    await first.page.reload();
    await first.seated();
    assert.deepEqual(hands('Swallowed close').slice(1), ['resumed/reload', 'resumed/reload']);
});

test('a page that changes its network overtakes its own dead connection, and says nothing of another tab', async () => {
    const { first, before } = await onWifi('Own connection');
    const network = await resumes('network');
    die();
    await wake(first);
    await until('the page to have its seat over a new connection', () => hands('Own connection').includes('resumed/new_connection'));
    await first.answer(true);
    assert.equal((await first.round()).roundId, before.roundId);
    assert.equal(await saidElsewhere(first), false);
    assert.equal(await resumes('network'), network + 1);
    assert.deepEqual(hands('Own connection'), ['joined/create_team', 'resumed/new_connection']);
});

test('a duplicated tab is a second tab: it has the seat, the older one is told and takes it back only by its button', async () => {
    const { first, second, before } = await onWifi('Duplicate');
    // After a reload the browser has had the tab's number in its keeping once.
    await first.page.reload();
    await first.seated();
    const takeovers = await resumes('takeover');
    const changes = hands('Duplicate').length;
    const copy = await duplicate(first);
    await copy.seated();
    assert.deepEqual(await copy.round(), before);
    await toldOf(first, 'second_tab');
    assert.match(await first.element('taken-over').textContent(), /open in another tab\./);
    assert.deepEqual(hands('Duplicate').slice(changes), ['taken_over/second_tab']);
    assert.equal(await resumes('takeover'), takeovers + 1);

    // Neither the network, nor a restart of the server, nor a reload is a wish of its player.
    await neverTaken(copy);
    await wake(first);
    await server.kill();
    await server.start();
    await copy.online();
    await first.page.reload();
    await toldOf(first, 'second_tab');
    await copy.page.reload();
    await copy.seated();
    await toldOf(first, 'second_tab');
    assert.ok(!hands('Duplicate').slice(changes + 1).some((entry) => entry.startsWith('taken_over')), String(hands('Duplicate')));

    await first.element('take-back').click();
    await first.seated();
    await toldOf(copy, 'second_tab');
    assert.deepEqual(await first.round(), before);
    await second.waitForSeat(1, 'connected');
    assert.equal(hands('Duplicate').at(-1), 'taken_over/second_tab');
});

test('an older tab that was offline when the newer one was opened stands back when it returns', async () => {
    const { first, devices, before } = await onWifi('Offline older');
    die();
    const newer = await PlayerPage.open(devices[0], wifi.url);
    await newer.seated();
    await neverTaken(newer);
    assert.equal(await first.element('taken-over').count(), 0, 'the older one cannot know yet');
    const changes = hands('Offline older').length;
    await wake(first);
    await toldOf(first, 'second_tab');
    assert.equal(await saidElsewhere(newer), false);
    await newer.answer(false);
    assert.deepEqual(await newer.round(), { ...before, answer: 'false' });
    assert.equal(hands('Offline older').length, changes, 'nothing has happened to the seat');

    await first.element('take-back').click();
    await first.seated();
    await toldOf(newer, 'second_tab');
});

test('when the newer tab is closed, the older one takes the seat back by its button, or by a reload', async () => {
    for (const way of ['button', 'reload']) {
        const team = `Closed newer, ${way}`;
        const { first, second, before } = await onWifi(team);
        const copy = await duplicate(first);
        await copy.seated();
        await toldOf(first, 'second_tab');
        await copy.page.close();
        await second.waitForSeat(1, 'away');
        if (way === 'button') await first.element('take-back').click();
        else await first.page.reload();
        await first.seated();
        assert.deepEqual(await first.round(), before);
        await second.waitForSeat(1, 'connected');
    }
});

test('a tab that takes back a seat which was given up in the other one is told so', async () => {
    const { first } = await onWifi('Given up elsewhere');
    const copy = await duplicate(first);
    await copy.seated();
    await toldOf(first, 'second_tab');
    await copy.element('leave-team').click();
    await copy.element('leave-team-yes').click();
    await copy.element('team-name-input').waitFor();
    await first.element('take-back').click();
    await first.page.getByText('the seat was given up').waitFor();
    await first.element('team-name-input').waitFor();
});

test('a lone tab comes back by itself when the other one is gone, though it was never told of it', async () => {
    const { first, second, devices, before } = await onWifi('Lone');
    die();
    const newer = await PlayerPage.open(devices[0], wifi.url);
    await newer.seated();
    await newer.page.close();
    await second.waitForSeat(1, 'away');
    await wake(first);
    await second.waitForSeat(1, 'connected');
    await first.seated();
    assert.deepEqual(await first.round(), before);
    assert.equal(await saidElsewhere(first), false);
});

test('a page that the browser only makes ready takes no seat before it is opened', async () => {
    const { first, devices, before } = await onWifi('Made ready');
    const page = await devices[0].newPage();
    await page.addInitScript(() => Object.defineProperty(document, 'prerendering', { value: true, writable: true }));
    const sockets = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));
    const ready = new PlayerPage(page, wifi.url);
    await page.goto(`${wifi.url}/`);
    await ready.element('status-message').waitFor();
    assert.deepEqual(sockets, []);
    await first.answer(true);
    await page.evaluate(() => {
        document.prerendering = false;
        document.dispatchEvent(new Event('prerenderingchange'));
    });
    await ready.seated();
    await toldOf(first, 'second_tab');
    assert.equal((await ready.round()).roundId, before.roundId);
});

test('another device that shows the token is told as another device', async () => {
    const { first, devices, before } = await onWifi('Other device');
    const { origins } = await devices[0].storageState();
    const laptop = await browser.newContext({ storageState: { cookies: [], origins } });
    const other = await PlayerPage.open(laptop, wifi.url);
    await other.seated();
    assert.deepEqual(await other.round(), before);
    await toldOf(first, 'other_device');
    assert.match(await first.element('taken-over').textContent(), /on another device\./);
    assert.equal(hands('Other device').at(-1), 'taken_over/other_device');
});
