// Opens slow and silent connections to a server until its input ends; writes {open, opened} twice a second.
// Slow: a request whose headers come a byte at a time, and never to their end. Silent: half of them open a connection and say
// nothing, half open a WebSocket and say nothing behind it. Whatever the server closes is opened again.
import { connect } from 'node:net';

const { port, slow, idle, fromMany } = JSON.parse(process.argv[2]);
const request = 'GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\nX-Patience: ';
const upgrade =
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

let opened = 0;
let over = false;
const sockets = new Set();

/** Many addresses of this machine, none of them with more than a hundred sockets. */
function addressOf(number) {
    return fromMany ? `127.0.1.${1 + (Math.floor(number / 100) % 250)}` : '127.0.1.1';
}

function open(number) {
    if (over) return;
    const socket = connect({ port, host: '127.0.0.1', localAddress: addressOf(number) });
    sockets.add(socket);
    socket.sent = 0;
    socket.slow = number < slow;
    socket.on('error', () => {});
    socket.on('connect', () => {
        opened += 1;
        if (!socket.slow && number % 2 === 1) socket.write(upgrade);
    });
    socket.on('data', () => {});
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
        sockets.delete(socket);
        setTimeout(() => open(number), 500);
    });
}

for (let number = 0; number < slow + idle; number += 1) setTimeout(() => open(number), number / 2);
setInterval(() => {
    for (const socket of sockets) {
        if (!socket.slow || socket.connecting || socket.destroyed) continue;
        socket.write(request[socket.sent] ?? 'x');
        socket.sent += 1;
    }
}, 1_000);
setInterval(() => console.log(JSON.stringify({ open: [...sockets].filter((socket) => !socket.connecting).length, opened })), 500);

process.stdin.resume();
process.stdin.on('end', () => {
    over = true;
    process.exit(0);
});
