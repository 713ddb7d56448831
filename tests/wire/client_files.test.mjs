// The JavaScript client as the server serves it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { HoldfastServer } from '../support/server.mjs';

const source = process.env.HOLDFAST_SOURCE ?? join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..', '..');
const client = join(source, 'web', 'node_modules', 'socket.io-client');
const names = ['socket.io.js', 'socket.io.min.js', 'socket.io.msgpack.min.js', 'socket.io.esm.min.js'].flatMap((name) => [name, `${name}.map`]);

let server;
let built;
before(async () => {
    server = new HoldfastServer();
    await server.start();
    built = (await fetch(`${server.url}/socket.io/socket.io.js`)).ok;
});
after(() => server?.dispose());

test('every file of the client is the one of the npm package, or the build says that it has none', async () => {
    if (!built) {
        const answer = await fetch(`${server.url}/socket.io/socket.io.js`);
        assert.equal(answer.status, 404);
        assert.match(await answer.text(), /built without the client files/);
        return;
    }
    const { version } = JSON.parse(readFileSync(join(client, 'package.json')));
    for (const name of names) {
        const url = `${server.url}/socket.io/${name}`;
        const expected = readFileSync(join(client, 'dist', name));
        const plain = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
        assert.equal(plain.status, 200, name);
        assert.deepEqual(Buffer.from(await plain.arrayBuffer()), expected, name);
        assert.equal(plain.headers.get('etag'), `"${version}"`);
        assert.equal(plain.headers.get('content-type'), `application/${name.endsWith('.map') ? 'json' : 'javascript'}; charset=utf-8`);
        const packed = await fetch(url, { headers: { 'accept-encoding': 'gzip' } });
        assert.equal(packed.headers.get('content-encoding'), 'gzip');
        assert.deepEqual(Buffer.from(await packed.arrayBuffer()), expected, 'unpacked by fetch');
        const same = await fetch(url, { headers: { 'if-none-match': `W/"${version}"` } });
        assert.equal(same.status, 304);
        assert.equal((await fetch(url, { method: 'HEAD' })).headers.get('etag'), `"${version}"`);
        assert.equal((await fetch(url, { method: 'POST', body: 'x' })).status, 405);
    }
});

test('it can be turned off', async () => {
    const without = new HoldfastServer({ options: ['--serve-client', 'off'] });
    try {
        await without.start();
        const answer = await fetch(`${without.url}/socket.io/socket.io.js`);
        assert.equal(answer.status, 400);
        assert.equal((await answer.json()).message, 'Transport unknown');
    } finally {
        await without.dispose();
    }
});
