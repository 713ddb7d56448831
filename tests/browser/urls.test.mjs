// No address that a browser asks for, and none that it stands on, holds a secret: addresses end up in the logs of proxies.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DashboardPage, PlayerPage, startedGame } from '../support/browser.mjs';
import { browserAndServer } from '../support/browser_test.mjs';
import { hostKey } from '../support/server.mjs';

const { browser, server } = browserAndServer();

test('a game with reloads, a move to another phone and a host who logs in by the link: no secret in any address', async () => {
    const asked = [];
    const watched = {
        async newContext(settings) {
            const context = await browser.newContext(settings);
            context.on('request', (request) => asked.push(request.url().split('#')[0], request.headers().referer ?? ''));
            return context;
        },
    };
    const { first, second, devices } = await startedGame(watched, server.url, { team: 'Addresses' });
    const secrets = new Set([hostKey]);
    // Whatever looks like a secret in a browser's storage or cookies is one.
    const collect = async (page) => {
        const texts = [JSON.stringify(await page.evaluate(() => ({ ...window.localStorage, ...window.sessionStorage })))];
        for (const cookie of await page.context().cookies()) texts.push(cookie.value);
        for (const text of texts) for (const [word] of text.matchAll(/[\w-]{24,}/g)) secrets.add(word);
    };
    await collect(first.page);
    await first.page.reload();
    await first.seated();
    await collect(first.page);
    await first.answer(true);
    await first.element('move-out').click();
    const address = await first.element('qr-code').getAttribute('data-url');
    const code = address.split('#move=')[1];
    for (const form of [code, code.replace('-', '')]) secrets.add(form);
    const phone = new PlayerPage(await (await watched.newContext()).newPage(), server.url);
    await phone.page.goto(address);
    await phone.seated();
    await collect(phone.page);
    await collect(second.page);

    const host = new DashboardPage(await (await watched.newContext()).newPage());
    await host.page.goto(`${server.url}/dashboard#key=${hostKey}`);
    await host.element('start-game').waitFor();
    await collect(host.page);
    for (const device of devices) for (const page of device.pages()) await collect(page);

    assert.ok(secrets.size >= 6, `only ${secrets.size} secrets were seen`);
    assert.ok(asked.length >= 30, `only ${asked.length} addresses were seen`);
    const standing = [first, second, phone, host].map(({ page }) => page.url());
    for (const secret of secrets) {
        for (const form of [secret, encodeURIComponent(secret)]) {
            for (const url of [...asked, ...standing]) assert.ok(!url.includes(form), `a secret is in ${url.replaceAll(form, '(the secret)')}`);
        }
    }
});
