// A thousand replies to a resume get lost after the rotation was committed, and now and then the server dies between the
// commit and the reply. The seat is never lost.
import assert from 'node:assert/strict';
import { createServer, connect as connectTo } from 'node:net';
import { after, before, test } from 'node:test';
import { readDatabase } from '../support/database.mjs';
import { LightPlayer } from '../support/light_player.mjs';
import { generator } from '../support/random.mjs';
import { HoldfastServer, until } from '../support/server.mjs';
import { inject } from '../support/strace.mjs';

const seed = Number(process.env.HOLDFAST_SEED ?? 20_261);
const repliesLost = Number(process.env.HOLDFAST_LOST_REPLIES ?? 1_000);
const repliesBetweenKills = 50;

const server = new HoldfastServer({ options: ['--ping-interval-ms', '600000', '--log-level', 'warning'] });

/** A network that breaks as soon as the server sends a token: what was committed is never heard of. */
class Loser {
    async start() {
        this.lost = 0;
        this.listener = createServer((client) => {
            const upstream = connectTo(server.port, '127.0.0.1');
            for (const socket of [client, upstream]) {
                socket.setNoDelay(true);
                socket.on('error', () => {});
            }
            client.on('data', (bytes) => upstream.write(bytes));
            client.on('close', () => upstream.destroy());
            upstream.on('close', () => client.destroy());
            upstream.on('data', (bytes) => {
                if (!bytes.includes('reconnection_token')) return client.write(bytes);
                this.lost += 1;
                client.destroy();
                upstream.destroy();
            });
        });
        await new Promise((done) => this.listener.listen(0, '127.0.0.1', done));
        this.url = `http://127.0.0.1:${this.listener.address().port}`;
    }
}

const loser = new Loser();
before(() => Promise.all([server.start(), loser.start()]));
after(async () => {
    loser.listener.close();
    await server.dispose();
});

/** The server dies when it wants to send what it has committed: the first send behind the token's way in. */
async function killBetweenCommitAndReply(token) {
    const player = await LightPlayer.connect(server.url);
    const before = readDatabase(server.database).teams[0].seats[0];
    const strace = await inject(server.process.pid, 'sendto,sendmsg,writev:signal=KILL:when=1');
    player.emit('reconnect_with_token', { token });
    const { signal } = await server.process.exited;
    await strace.exited;
    assert.equal(signal, 'SIGKILL');
    assert.equal(player.all('reconnection_token').length, 0, 'the reply was not sent');
    const after = readDatabase(server.database).teams[0].seats[0];
    assert.ok(after.epoch > before.epoch, 'the change was committed');
    player.drop();
    await server.start();
}

test(`${repliesLost} replies lost after a rotation, with kills between the commit and the reply: no seat is lost (seed ${seed})`, async (context) => {
    const draw = generator(seed);
    const owner = await (await LightPlayer.connect(server.url)).sitDown('create_team', 'Lost replies');
    const partner = await (await LightPlayer.connect(server.url)).sitDown('join_team', 'Lost replies');
    let { token } = owner;
    owner.drop();
    let kills = 0;
    let heard = 0;
    while (loser.lost + kills < repliesLost) {
        const done = loser.lost + kills;
        if (done % repliesBetweenKills === repliesBetweenKills - 1) {
            await killBetweenCommitAndReply(token);
            kills += 1;
        } else {
            const player = await LightPlayer.connect(loser.url);
            player.emit('reconnect_with_token', { token });
            await until('the reply to be lost', () => player.ended || player.all('error').length > 0, { everyMilliseconds: 1, timeoutMilliseconds: 60_000 });
            assert.deepEqual(player.all('error'), [], `after ${done} lost replies`);
        }
        if (draw(10) > 0) continue;
        // One gets through; from here on its token is the newest that the player knows.
        const player = await LightPlayer.connect(server.url);
        const answer = await player.request('reconnect_with_token', { token });
        assert.deepEqual([answer.ok, answer.player_slot], [true, 1], JSON.stringify(answer));
        ({ token } = await player.next('reconnection_token'));
        heard += 1;
        player.drop();
    }
    for (const [slot, mine] of [[1, token], [2, partner.token]]) {
        const player = await LightPlayer.connect(server.url);
        const answer = await player.request('reconnect_with_token', { token: mine });
        assert.deepEqual([answer.ok, answer.team_name, answer.player_slot], [true, 'Lost replies', slot]);
        player.drop();
    }
    const { journal, integrity } = readDatabase(server.database);
    const losses = journal.filter(({ what }) => ['left', 'released', 'expired', 'token_refused'].includes(what));
    assert.deepEqual(losses, []);
    assert.equal(integrity, 'ok');
    context.diagnostic(`${loser.lost} replies lost on the way, ${kills} with a kill between commit and reply, ${heard} heard`);
});
