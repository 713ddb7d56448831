// Connection state recovery with every client that knows it (4.6 and later), over each transport; older ones come back as
// somebody new.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ClientServer, Visitor, versions, ways } from './support.mjs';

let server;
before(async () => {
    server = new ClientServer('--recovery');
    await server.start();
});
const visitors = [];
after(() => {
    // Also after a failure: clients that are left go on trying, and the process would never end.
    for (const visitor of visitors) visitor.close();
    return server.dispose();
});

for (const [version, client] of Object.entries(versions)) {
    for (const [name, way] of Object.entries(ways)) {
        describe(`client ${version}, ${name}`, () => {
            const knows = version >= '4.6';

            test('cut off, it comes back as who it was, and hears what it missed, once and in order', async () => {
                const visitor = await Visitor.connect(server, client, way);
                visitors.push(visitor);
                const teller = await Visitor.connect(server);
                visitors.push(teller);
                await visitor.request('join', 'room');
                teller.emit('tell', { rooms: ['room'] }, 'news', 0);
                assert.equal((await visitor.next('news'))[0], 0);
                const { id } = visitor.socket;
                const reconnect = visitor.socket.io.reconnectionDelay();
                // Away until all has been told.
                visitor.socket.io.reconnection(false);
                visitor.socket.io.engine.close();
                await visitor.next('disconnect');
                for (let number = 1; number <= 5; ++number) {
                    teller.emit('tell', { rooms: number % 2 ? ['room'] : [] }, 'news', number, { bytes: Buffer.from([number]) });
                }
                teller.emit('tell', { rooms: ['another room'] }, 'news', 'not for you');
                await teller.whoAmI();
                visitor.socket.io.reconnection(true).reconnectionDelay(reconnect);
                visitor.socket.connect();
                await visitor.next('connect');
                const known = await visitor.whoAmI();
                assert.equal(known.id, visitor.socket.id);
                assert.equal(visitor.socket.id === id, knows);
                assert.equal(Boolean(visitor.socket.recovered), knows);
                assert.deepEqual(known.rooms.sort(), knows ? [id, 'room'].sort() : [known.id]);
                assert.deepEqual(
                    visitor.told
                        .filter((entry) => entry.event === 'news')
                        .map(({ values }) => [values[0], values[1]?.bytes?.[0]]),
                    knows ? [1, 2, 3, 4, 5].map((number) => [number, number]) : [],
                );
                visitor.close();
                teller.close();
            });

            test('put out or gone by itself, it comes back as somebody new', async () => {
                const visitor = await Visitor.connect(server, client, way);
                visitors.push(visitor);
                visitor.emit('send back', 1);
                await visitor.next('back');
                for (const leave of [() => visitor.emit('put me out'), () => visitor.socket.disconnect()]) {
                    // In the middle of an upgrade the client would keep its goodbye back until it is there again.
                    await visitor.arrived(way);
                    const { id } = visitor.socket;
                    leave();
                    await visitor.next('disconnect');
                    visitor.socket.connect();
                    await visitor.next('connect');
                    assert.notEqual(visitor.socket.id, id);
                    assert.equal(Boolean(visitor.socket.recovered), false);
                }
                visitor.close();
            });
        });
    }
}
