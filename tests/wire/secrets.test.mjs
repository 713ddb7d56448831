// The server's secrets: made once, changed while people play, and nowhere to be found but where they belong.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Player, newDevice } from '../support/player.mjs';
import { HoldfastServer, program, until } from '../support/server.mjs';

// A server whose host has chosen no key: the program makes one and prints a link.
const server = new HoldfastServer({ options: ['--log-level', 'debug'], environment: { HOLDFAST_HOST_KEY: '' } });
/** Everything that must not be found anywhere, with a word for what it is. */
const secrets = new Map();
const keysFile = () => `${server.database}.keys`;

before(async () => {
    await server.start();
});
after(() => server.dispose());

// The server is ready a moment before its greeting has come through the pipe, so a key that is not known yet is waited for.
const printedKey = () =>
    until('the link with a key of this run', () => {
        const key = [...server.output.matchAll(/#key=(\S+)\s/g)].at(-1)?.[1];
        return !secrets.has(key) && key;
    });

async function login(key) {
    const answer = await fetch(`${server.url}/api/host/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ key }),
    });
    if (answer.status === 204) secrets.set(answer.headers.get('set-cookie').split(';')[0].split('=')[1], 'a host cookie');
    return answer.status;
}

async function isHost(cookie) {
    const somebody = await Player.connect(server.url, { device: `hf_host=${cookie}` });
    const reply = await somebody.request('dashboard_join').catch(() => undefined);
    somebody.close();
    return Array.isArray(reply?.teams);
}

async function hangUp() {
    const reloads = () => server.output.split('reloaded').length;
    const before = reloads();
    server.process.kill('SIGHUP');
    await until('the keys to be read again', () => reloads() > before);
}

function holdfast(...words) {
    return execFileSync(program, [...words, '--store', `sqlite:${server.database}`], { encoding: 'utf8' });
}

test('the first start prints a lasting key, each further one a key for its run', async () => {
    const lasting = await printedKey();
    secrets.set(lasting, 'the lasting host key');
    assert.equal(await login(lasting), 204);
    await server.stop();
    await server.start();
    const second = await printedKey();
    secrets.set(second, 'the key of the second run');
    assert.equal(await login(second), 204);
    assert.equal(await login(lasting), 204, 'the key of the first start lasts');
    await server.kill();
    await server.start();
    secrets.set(await printedKey(), 'the key of the third run');
    assert.equal(await login(second), 401, 'that one ended with its run');
    assert.equal(await login(lasting), 204);
});

test('holdfast host-key makes another lasting key, which ends the old one and its log-ins', async () => {
    const lasting = [...secrets].find(([, what]) => what === 'the lasting host key')[0];
    await login(lasting);
    const cookie = [...secrets].filter(([, what]) => what === 'a host cookie').at(-1)[0];
    assert.equal(await isHost(cookie), true);
    const key = holdfast('host-key').match(/^ {2}(\S+)$/m)[1];
    secrets.set(key, 'the second lasting host key');
    await hangUp();
    assert.equal(await login(lasting), 401);
    assert.equal(await isHost(cookie), false);
    assert.equal(await login(key), 204);
});

test('after holdfast rotate-secret a token from before still leads back, to one of the new secret', async () => {
    const device = newDevice();
    secrets.set(device.split('=')[1], "a device's secret");
    const player = await Player.connect(server.url, { device });
    player.emit('create_team', { team_name: 'Secretive' });
    const { token } = await player.next('reconnection_token');
    secrets.set(token, 'a token of the first secret');
    await login([...secrets].find(([, what]) => what === 'the second lasting host key')[0]);
    const cookie = [...secrets].filter(([, what]) => what === 'a host cookie').at(-1)[0];
    const before = readFileSync(keysFile(), 'utf8').match(/^token_secret=(.*)$/m)[1];
    secrets.set(before, 'the first secret');

    holdfast('rotate-secret', '--keep-days', '1');
    await hangUp();
    secrets.set(readFileSync(keysFile(), 'utf8').match(/^token_secret=(.*)$/m)[1], 'the second secret');
    assert.equal(await isHost(cookie), true, 'nobody is logged out');
    player.close();
    const back = await Player.connect(server.url, { device: newDevice() });
    back.emit('reconnect_with_token', { token });
    assert.equal((await back.next('team_joined')).is_reconnection, true);
    const next = (await back.next('reconnection_token')).token;
    secrets.set(next, 'a token of the second secret');
    assert.notEqual(next, token);
    back.close();

    // The overlap is over: only the secret is still known by which the newest token was made.
    await server.stop();
    const text = readFileSync(keysFile(), 'utf8');
    writeFileSync(keysFile(), text.replace(/^token_secret_before_until=.*$/m, 'token_secret_before_until=1'), { mode: 0o600 });
    await server.start();
    secrets.set(await printedKey(), 'the key of the fourth run');
    const late = await Player.connect(server.url, { device: newDevice() });
    late.emit('reconnect_with_token', { token });
    assert.equal((await late.next('error')).code, 'token_unknown');
    late.emit('reconnect_with_token', { token: next });
    assert.equal((await late.next('team_joined')).is_reconnection, true);
    secrets.set((await late.next('reconnection_token')).token, 'another token of the second secret');
    late.close();
});

test('no secret is in the log, the figures, the data, or what a crash leaves behind', async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    server.process.kill('SIGABRT');
    await server.process.exited;
    assert.ok(secrets.size > 10);
    // What the program prints for the host is the one place where a key belongs.
    const output = server.output.replaceAll(/#key=\S+/g, '');
    assert.match(output, /team/i, 'the log tells what happened');
    const places = new Map([
        ['the output', Buffer.from(output)],
        ['/metrics', Buffer.from(metrics)],
    ]);
    for (const name of readdirSync(server.folder)) {
        const path = join(server.folder, name);
        if (path !== keysFile() && statSync(path).isFile()) places.set(name, readFileSync(path));
    }
    assert.ok(places.size >= 3, 'the database is looked at');
    for (const [secret, what] of secrets) {
        const bytes = Buffer.from(secret, 'base64url');
        for (const [place, content] of places) {
            for (const form of [Buffer.from(secret), bytes, Buffer.from(bytes.toString('hex')), Buffer.from(bytes.toString('base64'))]) {
                assert.ok(form.length < 8 || !content.includes(form), `${what} is in ${place}`);
            }
        }
    }
    const keys = readFileSync(keysFile(), 'utf8');
    for (const [secret, what] of secrets) {
        if (what.includes('key') || what.includes('cookie')) assert.ok(!keys.includes(secret), `${what} is in the file with the keys`);
    }
});
