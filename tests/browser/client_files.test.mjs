// A page of somebody's own, with no build and no npm, that takes the client from the server it talks to.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launchChromium } from '../support/browser.mjs';
import { HoldfastServer } from '../support/server.mjs';

const scripts = {
    'socket.io.js': '<script src="/socket.io/socket.io.js"></script><script>begin(io)</script>',
    'socket.io.min.js': '<script src="/socket.io/socket.io.min.js"></script><script>begin(io)</script>',
    'socket.io.esm.min.js':
        '<script type="module">import { io } from "/socket.io/socket.io.esm.min.js"; begin(io)</script>',
};

let browser;
let folder;
let server;
before(async () => {
    browser = await launchChromium();
    folder = mkdtempSync(join(tmpdir(), 'holdfast-page-'));
    const page = (script) => `<!doctype html><title>waiting</title><script>
        function begin(io) {
            const socket = io();
            socket.on('connection_established', () => { document.title = 'told by ' + socket.io.engine.transport.name; });
        }</script>${script}`;
    writeFileSync(join(folder, 'index.html'), page(''));
    for (const [name, script] of Object.entries(scripts)) writeFileSync(join(folder, `${name}.html`), page(script));
    server = new HoldfastServer({ options: ['--web', folder] });
    await server.start();
});
after(async () => {
    await browser?.close();
    await server?.dispose();
    rmSync(folder, { recursive: true, force: true });
});

for (const name of Object.keys(scripts)) {
    test(`${name} loads from the server and connects`, async () => {
        const page = await browser.newPage();
        const failures = [];
        page.on('pageerror', (error) => failures.push(error.message));
        await page.goto(`${server.url}/${name}.html`);
        await page.waitForFunction(() => document.title.startsWith('told by'), undefined, { timeout: 20_000 });
        assert.deepEqual(failures, []);
        await page.close();
    });
}
