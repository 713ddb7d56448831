// Every version of the official JavaScript client that speaks this protocol, over each transport: events, acks, binary,
// rooms, namespaces, refusals, and the ways apart.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ClientServer, Visitor, until, versions, ways } from './support.mjs';

const bytes = (length, first = 0) => Buffer.from(Array.from({ length }, (_, index) => (index * 7 + first) % 256));
/** Buffers and typed arrays as plain Buffers, at any depth, for comparison. */
function plain(value) {
    if (value instanceof ArrayBuffer) return Buffer.from(value);
    if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    if (Array.isArray(value)) return value.map(plain);
    if (value && typeof value === 'object')
        return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
    return value;
}

const texts = [
    '',
    'plain',
    'quotes " and \\ and / and \u0000 \u0001 \u001e \u001f \u007f',
    'line\nfeed\r\u2028\u2029',
    'Grüße, 你好, שלום, 🪢🧑‍🚀',
    '"_placeholder" 51-["x"] 0{"sid":1}',
    'long '.repeat(40_000),
];
const numbers = [0, -0, 1, -1, 0.1, 1e21, 5e-324, 2 ** 53 - 1, -1.7976931348623157e308];

// Most of the time is spent waiting for the other side, so several go on at once.
describe('conversations', { concurrency: 6 }, () => {
    for (const threads of [1, 2]) {
        for (const [version, client] of Object.entries(versions)) {
            // Two threads make a difference to the server, not to old clients.
            if (threads > 1 && version !== '4.0.2' && version !== '4.8.4') continue;
            for (const [name, way] of Object.entries(ways)) {
                describe(`client ${version}, ${name}, ${threads} net threads`, { concurrency: 1 }, () => {
                    let server;
                    let visitors;
                    before(async () => {
                        server = new ClientServer('--threads', String(threads));
                        visitors = [];
                        await server.start();
                    });
                    after(() => {
                        for (const visitor of visitors) visitor.close();
                        return server.dispose();
                    });
                    const connect = async (settings, nsp) => {
                        const visitor = await Visitor.connect(server, client, way, settings, nsp);
                        visitors.push(visitor);
                        return visitor;
                    };

                    test('the server knows id, auth, query, headers and transport', async () => {
                        const visitor = await connect({
                            auth: { name: 'Ada', nested: { list: [1, null] } },
                            query: { color: 'blue & green=?' },
                            extraHeaders: { 'X-Color': 'red' },
                        });
                        const known = await visitor.whoAmI();
                        assert.equal(known.id, visitor.socket.id);
                        assert.equal(known.id.length, 20);
                        assert.notEqual(known.id, visitor.socket.io.engine.id);
                        assert.deepEqual(known.auth, { name: 'Ada', nested: { list: [1, null] } });
                        assert.equal(known.color, 'blue & green=?');
                        assert.equal(known.header, 'red');
                        assert.equal(known.transport, way.transport);
                        assert.deepEqual(known.rooms, [known.id]);
                    });

                    test('auth that a function gives, and none at all', async () => {
                        const asked = await connect({ auth: (give) => give({ token: 7 }) });
                        assert.deepEqual((await asked.whoAmI()).auth, { token: 7 });
                        const silent = await connect();
                        assert.deepEqual((await silent.whoAmI()).auth, {});
                    });

                    test('every kind of value goes there and back, as ack and as event', async () => {
                        const visitor = await connect();
                        const values = [null, true, false, texts, numbers, [], {}, [[[]]], { a: { b: { c: [{}] } } }, { '': 1 }];
                        // JSON has no -0.
                        const back = JSON.parse(JSON.stringify(values));
                        assert.deepEqual(await visitor.request('echo', ...values), back);
                        visitor.emit('send back', ...values);
                        assert.deepEqual(await visitor.next('back'), back);
                        assert.deepEqual(await visitor.request('echo'), []);
                    });

                    test('binary at any depth, empty and large, as ack and as event', async () => {
                        const visitor = await connect();
                        const values = [
                            bytes(3),
                            { deep: [{ deeper: { list: [bytes(1, 200), 'between', new Uint8Array([9, 8, 7])] } }] },
                            bytes(0),
                            bytes(150_000, 5),
                            { text: 'and text', number: 1 },
                        ];
                        assert.deepEqual(plain(await visitor.request('echo', ...values)), plain(values));
                        visitor.emit('send back', ...values);
                        assert.deepEqual(plain(await visitor.next('back')), plain(values));
                    });

                    test('the server asks: answered in time, with binary, too late, never', async () => {
                        const visitor = await connect();
                        visitor.answer = (...values) => values.pop()('fine', { echo: values }, bytes(4));
                        visitor.emit('ask', 10_000, 'how are you?', 2);
                        assert.deepEqual(plain(await visitor.next('answered')), [
                            'in time',
                            ['fine', { echo: ['how are you?', 2] }, bytes(4)],
                        ]);
                        let late;
                        visitor.answer = (...values) => {
                            late = values.pop();
                        };
                        visitor.emit('ask', 30, 'and now?');
                        assert.deepEqual(await visitor.next('answered'), ['timed out']);
                        late('sorry');
                        assert.deepEqual(await visitor.request('echo', 'still here'), ['still here']);
                        assert.equal(visitor.count('answered'), 0);
                    });

                    test('the client asks: a time-out where nobody answers', async (context) => {
                        const visitor = await connect();
                        if (!visitor.socket.timeout) return context.skip('this version has no time-outs');
                        const outcome = (event, milliseconds) =>
                            new Promise((done) => {
                                visitor.socket.timeout(milliseconds).emit(event, 1, (error, value) => done({ error, value }));
                            });
                        assert.ok((await outcome('nobody handles this', 30)).error);
                        assert.deepEqual(await outcome('echo', 10_000), { error: null, value: 1 });
                    });

                    test('rooms and broadcasts reach whom they should, once, in order', async () => {
                        const [teller, first, second, third] = await Promise.all([connect(), connect(), connect(), connect()]);
                        await first.request('join', 'red', 'blue');
                        await second.request('join', 'blue');
                        await third.request('join', 'green');
                        await teller.request('join', 'red');
                        const tell = (wish, number) => teller.emit('tell', wish, 'news', number, { bytes: bytes(2, number) });
                        tell({ rooms: ['red', 'blue'] }, 1);
                        tell({ rooms: ['red'], except: [first.socket.id] }, 2);
                        tell({}, 3);
                        tell({ rooms: [second.socket.id] }, 4);
                        tell({ except: ['blue'] }, 5);
                        tell({ rooms: ['nobody'] }, 6);
                        teller.emit('tell', {}, 'now leave');
                        await first.next('now leave');
                        await first.request('leave', 'blue');
                        tell({ rooms: ['blue'] }, 7);
                        teller.emit('tell', {}, 'done');
                        for (const [visitor, wanted] of [
                            [first, [1, 3]],
                            [second, [1, 3, 4, 7]],
                            [third, [3, 5]],
                        ]) {
                            await visitor.next('done');
                            const news = visitor.told.filter((entry) => entry.event === 'news');
                            assert.deepEqual(
                                news.map((entry) => plain(entry.values)),
                                wanted.map((number) => [number, { bytes: bytes(2, number) }]),
                            );
                        }
                        await teller.whoAmI();
                        assert.equal(teller.count('news') + teller.count('done'), 0);
                    });

                    test('namespaces share a connection and nothing else', async () => {
                        const main = await connect({ auth: { drops: 2 } });
                        const side = main.also('/side', { auth: { place: 'side' } });
                        const table = main.also('/table-7');
                        const nowhere = main.also('/nowhere');
                        await Promise.all([side.next('connect'), table.next('connect')]);
                        const [error] = await nowhere.next('connect_error');
                        assert.equal(error.message, 'Invalid namespace');
                        const known = await Promise.all([main.whoAmI(), side.whoAmI(), table.whoAmI()]);
                        assert.deepEqual(
                            known.map((one) => one.namespace),
                            ['/', '/side', '/table-7'],
                        );
                        assert.equal(new Set(known.map((one) => one.id)).size, 3);
                        await Promise.all([main.request('join', 'room'), side.request('join', 'room')]);
                        table.emit('tell', {}, 'news');
                        side.emit('send back', bytes(1));
                        assert.deepEqual(plain(await side.next('back')), [bytes(1)]);
                        side.socket.disconnect();
                        await side.next('disconnect');
                        assert.deepEqual(await main.request('echo', 1), [1]);
                        assert.deepEqual(await table.request('echo', 2), [2]);
                        side.socket.connect();
                        await side.next('connect');
                        assert.notEqual((await side.whoAmI()).id, known[1].id);
                        assert.equal(main.count('news') + side.count('news') + main.count('back'), 0);
                        assert.equal(main.count('disconnect'), 0);
                    });

                    test('a middleware refuses with data, and lets in with the right password', async () => {
                        const visitor = new Visitor(
                            server,
                            client,
                            { ...way.settings, auth: { password: 'please' } },
                            '/guarded',
                        );
                        visitors.push(visitor);
                        const [error] = await visitor.next('connect_error');
                        assert.ok(error instanceof Error);
                        assert.equal(error.message, 'not allowed');
                        assert.deepEqual(error.data, { code: 'password', given: 'please' });
                        assert.equal(visitor.socket.connected, false);
                        visitor.socket.auth = { password: 'sesame' };
                        visitor.socket.connect();
                        await visitor.next('connect');
                        assert.equal((await visitor.whoAmI()).namespace, '/guarded');
                    });

                    test('nothing is lost, doubled or reordered while the transport is changed', async () => {
                        const visitor = new Visitor(server, client, { ...way.settings, auth: { drops: 200 } });
                        visitors.push(visitor);
                        const answers = await Promise.all(
                            Array.from({ length: 200 }, (_, number) => visitor.request('echo', number, bytes(3, number))),
                        );
                        assert.deepEqual(
                            answers.map(plain),
                            answers.map((_, number) => [number, bytes(3, number)]),
                        );
                        await visitor.arrived(way);
                        await visitor.whoAmI();
                        assert.deepEqual(
                            visitor.told.filter((entry) => entry.event === 'drop').map((entry) => entry.values[0]),
                            Array.from({ length: 200 }, (_, number) => number),
                        );
                    });

                    test('a volatile event arrives where the way is free', async () => {
                        const visitor = await connect();
                        // Polling is busy between two polls; then it is dropped, so it is asked for until it comes.
                        await until('a volatile event', () => {
                            visitor.emit('drip', 'whole', { drop: true });
                            return visitor.count('drip') > 0;
                        });
                        assert.deepEqual(await visitor.next('drip'), ['whole', { drop: true }]);
                    });

                    test('both sides hear the right reason when they part', async () => {
                        const watcher = await connect();
                        await watcher.request('join', 'watchers');
                        const part = async (how, clientReason, serverReason) => {
                            const visitor = await connect();
                            const { id } = visitor.socket;
                            how(visitor);
                            assert.deepEqual(await visitor.next('disconnect'), [clientReason]);
                            let departure;
                            do departure = await watcher.next('gone');
                            while (departure[0] !== id);
                            assert.equal(departure[1], serverReason);
                            visitor.close();
                        };
                        await part(
                            (visitor) => visitor.socket.disconnect(),
                            'io client disconnect',
                            'client namespace disconnect',
                        );
                        await part(
                            (visitor) => visitor.emit('put me out'),
                            'io server disconnect',
                            'server namespace disconnect',
                        );
                        await part(
                            (visitor) => visitor.emit('cut me off'),
                            'io server disconnect',
                            'server namespace disconnect',
                        );
                        await part((visitor) => visitor.socket.io.engine.close(), 'forced close', 'transport close');
                    });

                    test('put out by the server, the client stays out, and may come again', async () => {
                        const visitor = await connect();
                        const other = visitor.also('/side');
                        await other.next('connect');
                        visitor.emit('put me out');
                        await visitor.next('disconnect');
                        assert.deepEqual(await other.request('echo', 'untouched'), ['untouched']);
                        assert.equal(visitor.socket.connected, false);
                        visitor.socket.connect();
                        await visitor.next('connect');
                        assert.deepEqual(await visitor.request('echo', 1), [1]);
                    });

                    test('a message over the limit ends the connection, and the client comes back', async () => {
                        const visitor = await connect();
                        const before = visitor.socket.id;
                        visitor.emit('echo', bytes(1_100_000));
                        const [reason] = await visitor.next('disconnect');
                        assert.equal(reason, way.transport === 'websocket' ? 'transport close' : 'transport error');
                        await visitor.next('connect');
                        assert.notEqual(visitor.socket.id, before);
                        assert.deepEqual(await visitor.request('echo', 1), [1]);
                    });
                });
            }
        }
    }
});
