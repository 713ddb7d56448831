// The pages of the examples in a real Chromium.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launchChromium } from '../support/browser.mjs';
import { ServerProgram } from '../support/program.mjs';

const folder = join(process.env.HOLDFAST_BUILD, 'examples');
const bundle = fileURLToPath(new URL('../node_modules/socket.io-client/dist/socket.io.js', import.meta.url));
let browser;
let server;
before(async () => (browser = await launchChromium()));
after(() => browser?.close());

function serves(name) {
    before(async () => {
        server = new ServerProgram(join(folder, name), ['--listen', '127.0.0.1:0', '--threads', '2']);
        await server.start();
    });
    after(() => server.stop());
}

/** A window of its own; the test fails when a script in it does. */
async function open(failures) {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => failures.push(error.message));
    // A build without the pages has no client to serve.
    if (!(await fetch(`${server.url}/socket.io/socket.io.js`)).ok) {
        await page.route('**/socket.io/socket.io.js', (route) => route.fulfill({ path: bundle }));
    }
    await page.goto(server.url);
    return page;
}

describe('pages', () => {
    let failures;
    beforeEach(() => (failures = []));

    describe('the chat', () => {
        serves('chat');
        test('two people join, type and talk, and one leaves', async () => {
            const [ann, ben] = [await open(failures), await open(failures)];
            await ann.fill('#name', 'Ann');
            await ann.click('#join button');
            await ann.getByText('You are in lobby with Ann.').waitFor();
            await ben.fill('#name', 'Ben');
            await ben.click('#join button');
            await ann.getByText('Ben is here.').waitFor();

            await ann.locator('#text').pressSequentially('Tea <b>now</b>?');
            await ben.getByText('Ann is typing …').waitFor();
            await ann.keyboard.press('Enter');
            await ben.getByText('Ann: Tea <b>now</b>?').waitFor();
            await ann.getByText('You: Tea <b>now</b>?').waitFor();
            await ben.waitForFunction(() => document.getElementById('typing').textContent === '');
            await ben.close();
            await ann.getByText('Ben has left.').waitFor();
            assert.deepEqual(failures, []);
        });
    });

    describe('the file drop', () => {
        serves('files');
        test('a file that one chooses, the other can save', async () => {
            const [sender, receiver] = [await open(failures), await open(failures)];
            await receiver.waitForFunction(() => socket.connected);
            await sender.setInputFiles('#choose', { name: 'hello.txt', mimeType: 'text/plain', buffer: Buffer.from('Hello!') });
            await sender.getByText('hello.txt went out (6 bytes).').waitFor();
            const saved = receiver.waitForEvent('download');
            await receiver.getByRole('link', { name: 'hello.txt' }).click();
            const stream = await (await saved).createReadStream();
            const pieces = [];
            for await (const piece of stream) pieces.push(piece);
            assert.equal(Buffer.concat(pieces).toString(), 'Hello!');
            assert.deepEqual(failures, []);
        });
    });
});
