// A player whose connection breaks the rules loses the connection and never the seat; others notice nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Player, seat } from '../support/player.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

let server;
let neighbour;
let neighbourId;
before(async () => {
    server = new HoldfastServer({ options: ['--events-per-second', '1000000'] });
    await server.start();
    neighbour = await seat(server.url, 'create_team', 'Neighbours');
    neighbourId = neighbour.socket.id;
});
after(async () => {
    neighbour?.close();
    await server?.dispose();
});

const ended = (player) => new Promise((done) => player.socket.on('disconnect', done));

/** The seat is held while its player is away, the player gets it back, and the neighbour has not been disturbed. */
async function comesBack(player, team) {
    await until('the seat to be away', () => server.metric('holdfast_seats', '{state="away"}').then((count) => count === 1));
    const again = await Player.connect(server.url);
    again.emit('reconnect_with_token', { token: player.token });
    const seated = await again.next('team_joined');
    assert.equal(seated.team_name, team);
    assert.equal(seated.is_reconnection, true);
    assert.equal((await neighbour.request('no such event')).code, 'unknown_event', 'the neighbour is answered');
    assert.equal(neighbour.socket.id, neighbourId, 'over the connection it had all the time');
    again.emit('leave_team', {});
    await again.next('left_team_success');
    again.close();
    await until('the end', () => server.metric('holdfast_connections').then((count) => count === 1));
}

test('a POST of the wrong type ends the session', async () => {
    const player = await seat(server.url, 'create_team', 'Posters', { transports: ['polling'] });
    const gone = ended(player);
    const sid = player.socket.io.engine.id;
    const answer = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body: '4x',
    });
    assert.equal(answer.status, 400);
    await gone;
    await until('the figure', async () => (await server.metric('holdfast_engine_sessions_closed', '{reason="transport error"}')) === 1);
    player.close();
    await comesBack(player, 'Posters');
});

test('a message over the limit ends the connection with 1009', async () => {
    const player = await seat(server.url, 'create_team', 'Giants', { transports: ['websocket'] });
    const gone = ended(player);
    player.socket.io.engine.transport.ws.send('4'.repeat(1_000_001));
    await gone;
    await until('the figure', async () => (await server.metric('holdfast_net_websocket_too_big')) === 1);
    player.close();
    await comesBack(player, 'Giants');
});

test('a packet that breaks the protocol ends the connection', async () => {
    const player = await seat(server.url, 'create_team', 'Parsers', { transports: ['websocket'] });
    const gone = ended(player);
    player.socket.io.engine.transport.ws.send('450-["x"]');
    await gone;
    await until('the figure', async () => (await server.metric('holdfast_socketio_parse_errors')) === 1);
    player.close();
    await comesBack(player, 'Parsers');
});

test('a client that stops reading is disconnected at the limit of its queue', async () => {
    const player = await seat(server.url, 'create_team', 'Readers', { transports: ['websocket'] });
    const { ws } = player.socket.io.engine.transport;
    ws.pause();
    // Each of these is answered with an error, until the answers fill everything between here and there.
    const overflows = async () =>
        (await server.metric('holdfast_net_send_queue_overflows')) +
        (await server.metric('holdfast_engine_sessions_closed', '{reason="send queue overflow"}'));
    await until('the server to give up', async () => {
        for (let i = 0; i < 5_000; i++) ws.send('42["no such event",{}]');
        return (await overflows()) > 0;
    });
    player.close();
    ws.terminate();
    await comesBack(player, 'Readers');
});

test('every limit that was met is in the metrics', async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    for (const name of [
        'net_accept_errors', 'net_requests_malformed', 'net_requests_timed_out', 'net_requests_too_large', 'net_websocket_failures',
        'net_websocket_bad_text', 'net_websocket_too_big', 'net_websocket_too_many_fragments', 'net_send_queue_overflows',
        'engine_sessions', 'engine_requests_refused', 'engine_payloads_too_large', 'engine_upgrades_given_up', 'engine_pongs_ignored',
        'socketio_parse_errors', 'socketio_protocol_errors', 'socketio_connect_timeouts', 'socketio_attachment_timeouts',
    ]) {
        assert.match(text, new RegExp(`^holdfast_${name}[ {]`, 'm'), name);
    }
});
