// Each example is run with two threads and talked to by stock clients, over polling and over WebSocket.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { io } from 'socket.io-client';
import { ServerProgram, next, run } from '../support/program.mjs';
import { until } from '../support/server.mjs';

const folder = join(process.env.HOLDFAST_BUILD, 'examples');
const patience = 15_000;
let server;
let sockets = [];

/** Runs an example for the tests of one block. */
function serves(name, ...args) {
    before(async () => {
        server = new ServerProgram(join(folder, name), ['--listen', '127.0.0.1:0', '--threads', '2', ...args]);
        await server.start();
    });
    afterEach(() => {
        for (const socket of sockets) socket.disconnect();
        sockets = [];
    });
    after(async () => assert.equal(await server.stop(), 0, server.output));
}

/** A client that is connected; of two in a row, one polls and one has a WebSocket. */
async function client(path = '/', settings = {}) {
    const transports = sockets.length % 2 === 0 ? ['websocket'] : ['polling'];
    const socket = io(server.url + path, { transports, forceNew: true, reconnection: false, ...settings });
    sockets.push(socket);
    await next(socket, 'connect');
    return socket;
}

const ask = (socket, ...args) => socket.timeout(patience).emitWithAck(...args);

describe('echo', () => {
    serves('echo');
    test('acks what it is given, bytes included', async () => {
        const socket = await client();
        assert.deepEqual(await ask(socket, 'echo', { a: [1, 'two'] }), { a: [1, 'two'] });
        assert.deepEqual(Buffer.from(await ask(socket, 'echo', Buffer.from([1, 2, 3]))), Buffer.from([1, 2, 3]));
    });
    test('passes bcast on to everybody', async () => {
        const everybody = [await client(), await client(), await client(), await client()];
        const heard = everybody.map((socket) => next(socket, 'bcast'));
        everybody[0].emit('bcast', 'news');
        assert.deepEqual(await Promise.all(heard), Array(4).fill(['news']));
    });
    test('refuses a command line that it does not understand', async () => {
        const { code, output } = await run(join(folder, 'echo'), ['--listen', 'everywhere']);
        assert.equal(code, 2);
        assert.match(output, /is no address and port/);
    });
});

describe('chat', () => {
    serves('chat');
    test('has a page', async () => {
        const page = await fetch(server.url);
        assert.match(page.headers.get('content-type'), /^text\/html/);
        assert.match(await page.text(), /socket\.io\/socket\.io\.js/);
    });
    test('tells who is here, what they say, that they type and that they left, in their room only', async () => {
        const [ann, ben, eve] = [await client(), await client(), await client()];
        assert.deepEqual(await ask(ann, 'join', 'Ann', 'kitchen'), { people: ['Ann'] });
        const joined = next(ann, 'joined');
        const { people } = await ask(ben, 'join', 'Ben', 'kitchen');
        assert.deepEqual(people.sort(), ['Ann', 'Ben']);
        assert.deepEqual(await joined, ['Ben']);
        assert.deepEqual(await ask(eve, 'join', 'Eve', 'cellar'), { people: ['Eve'] });
        const overheard = [];
        eve.onAny((...args) => overheard.push(args));

        // Worth nothing when it comes late: a client that is between two polls is left out, so Ann types on.
        const typing = [];
        ben.on('typing', (...args) => typing.push(args));
        await until('Ben to see it', () => ann.emit('typing', true) && typing.length > 0);
        assert.deepEqual(typing[0], ['Ann', true]);
        const said = next(ben, 'said');
        assert.equal(await ask(ann, 'say', 'Tea?'), true);
        assert.deepEqual(await said, ['Ann', 'Tea?']);
        const left = next(ann, 'left');
        ben.disconnect();
        assert.deepEqual(await left, ['Ben']);
        // Its own ack comes behind whatever Eve might have been sent.
        assert.equal(await ask(eve, 'say', 'Hello?'), true);
        assert.deepEqual(overheard, []);
    });
    test('moves somebody who joins another room, and refuses what makes no sense', async () => {
        const [ann, ben] = [await client(), await client()];
        await ask(ann, 'join', 'Ann', 'hall');
        await ask(ben, 'join', 'Ben', 'hall');
        const left = next(ben, 'left');
        assert.deepEqual(await ask(ann, 'join', 'Ann', 'attic'), { people: ['Ann'] });
        assert.deepEqual(await left, ['Ann']);
        const stranger = await client();
        assert.equal(await ask(stranger, 'say', 'Anybody?'), false);
        assert.match((await ask(stranger, 'join', '', 'hall')).error, /name and a room/);
        assert.match((await ask(stranger, 'join', 'x'.repeat(41), 'hall')).error, /name and a room/);
        assert.equal((await ask(stranger, 'join', { name: 'Eve' })).error, 'bad_arguments');
    });
});

describe('acks', () => {
    serves('acks');
    test('answers the client, and says what is wrong with its arguments', async () => {
        const socket = await client();
        assert.equal(await ask(socket, 'add', 2, 3), 5);
        assert.equal(await ask(socket, 'add', 2_147_483_647, 2_147_483_647), 4_294_967_294);
        for (const args of [['2', 3], [2], [2, 3.5], [2, 2_147_483_648]]) {
            const answer = await ask(socket, 'add', ...args);
            assert.equal(answer.error, 'bad_arguments');
            assert.match(answer.message, /^add: argument [12] must be/);
        }
    });
    test('asks the client, and goes on when no answer comes', async () => {
        const socket = await client();
        const verdict = async (milliseconds) => {
            const heard = next(socket, 'verdict');
            socket.emit('quiz', milliseconds);
            return (await heard)[0];
        };
        socket.on('question', (question, answer) => answer(question.includes('6 times 7') ? 42 : null));
        assert.equal(await verdict(patience), 'Right!');
        socket.off('question').on('question', (question, answer) => answer(41));
        assert.equal(await verdict(patience), 'Not quite.');
        socket.off('question').on('question', (question, answer) => answer('no idea'));
        assert.equal(await verdict(patience), 'That is no number.');
        socket.off('question').on('question', () => {});
        assert.equal(await verdict(50), 'Time is up.');
    });
});

describe('auth', () => {
    serves('auth');
    test('lets in who has a token, and knows them', async () => {
        const ann = await client('/', { auth: { token: 'token-of-ann' } });
        const ben = await client('/', { auth: { token: 'token-of-ben' } });
        assert.equal(await ask(ann, 'who_am_i'), 'Ann');
        assert.equal(await ask(ben, 'who_am_i'), 'Ben');
    });
    for (const auth of [undefined, {}, { token: 'stolen' }, { token: 5 }]) {
        test(`refuses ${JSON.stringify(auth)} with a reason for people and one for programs`, async () => {
            const socket = io(server.url, { auth, forceNew: true });
            sockets.push(socket);
            const [error] = await next(socket, 'connect_error');
            assert.equal(error.message, 'Please log in again.');
            assert.deepEqual(error.data, { code: 'bad_token', log_in_at: '/login' });
        });
    }
});

describe('files', () => {
    serves('files');
    test('has a page', async () => assert.match(await (await fetch(server.url)).text(), /Drop a file/));
    test('hands a file of four megabytes to everybody else, byte for byte', async () => {
        const bytes = Buffer.alloc(4_000_000, (_, index) => index);
        for (let i = 0; i < bytes.length; i += 997) bytes[i] = (i * 31) % 256;
        const [sender, ...others] = [await client(), await client(), await client()];
        const heard = others.map((socket) => next(socket, 'file'));
        assert.deepEqual(await ask(sender, 'drop', 'picture.bin', bytes), { bytes: bytes.length });
        for (const [name, data] of await Promise.all(heard)) {
            assert.equal(name, 'picture.bin');
            assert.ok(Buffer.from(data).equals(bytes));
        }
    });
    test('refuses what is no file', async () => {
        const socket = await client();
        for (const args of [[], ['name'], ['name', 'text'], [5, Buffer.from('x')]]) {
            assert.equal((await ask(socket, 'drop', ...args)).error, 'bad_arguments');
        }
        for (const name of ['', 'x'.repeat(201)]) {
            assert.match((await ask(socket, 'drop', name, Buffer.from('x'))).error, /a name/);
        }
    });
});

describe('namespaces', () => {
    serves('namespaces', '--key', 'sesame');
    test('keeps the staff apart, over one connection', async () => {
        const visitors = [await client(), await client()];
        const staff = await client('/staff', { auth: { key: 'sesame' } });
        assert.equal(await ask(staff, 'how_many'), 2);

        const heard = visitors.map((socket) => next(socket, 'announcement'));
        assert.equal(await ask(staff, 'announce', 'We close in ten minutes.'), true);
        assert.deepEqual(await Promise.all(heard), Array(2).fill(['We close in ten minutes.']));

        const seen = next(staff, 'visitor');
        const third = await client();
        assert.deepEqual(await seen, [third.id]);
        // The events of one namespace do nothing in the other.
        let announced = false;
        staff.on('announcement', () => (announced = true));
        visitors[0].emit('announce', 'Free cake!');
        third.disconnect();
        await until('the visitor to be gone', async () => (await ask(staff, 'how_many')) === 2);
        assert.equal(announced, false);
    });
    test('lets nobody else into the staff room, and leaves them in the hall', async () => {
        const visitor = await client('/');
        const staff = visitor.io.socket('/staff', { auth: { key: 'please' } });
        const [error] = await next(staff.connect(), 'connect_error');
        assert.equal(error.message, 'This door is for the staff.');
        assert.equal(visitor.connected, true);
    });
});
