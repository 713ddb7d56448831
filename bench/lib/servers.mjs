// The servers that are compared: how each is started, and what it takes.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { coreCount } from './processes.mjs';

const peers = new URL('../peers/', import.meta.url).pathname;
const bench = new URL('../', import.meta.url).pathname;

const version = (folder, name) => {
    const file = join(folder, 'node_modules', name, 'package.json');
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
};

const missingPackages = (folder) => `its packages are not installed: scripts/install-node-modules ${folder}`;

export function bunProgram() {
    // Its install step moves the binary; where npm runs no such steps it stays in the package of the platform.
    const places = ['bun/bin/bun.exe', '@oven/bun-linux-x64/bin/bun', '@oven/bun-linux-x64-baseline/bin/bun', '@oven/bun-linux-aarch64/bin/bun'];
    const found = places.map((place) => join(peers, 'node_modules', place));
    return found.find((file) => existsSync(file) && statSync(file).size > 1e6);
}

function debianVersion(name) {
    try {
        return execFileSync('dpkg-query', ['--show', '--showformat=${Version}', name], { encoding: 'utf8', stdio: 'pipe' });
    } catch {
        return undefined;
    }
}

const node = (file) => (port) => [process.execPath, join(peers, file), '--port', port];
const socketio = () => version(bench, 'socket.io');

// `command(port)`; `missing()` is a sentence when it cannot be run here; `versions()` is for the page. Servers with
// `limit` are what the kernel and bare frames allow, not peers; those of Holdfast have `own`.
export function serverCatalog({ build, limit }) {
    const echo = join(build, 'examples/echo');
    const noEcho = () => (existsSync(echo) ? undefined : `${echo} is not built (make build)`);
    return [
        {
            key: 'holdfast',
            name: 'Holdfast',
            own: true,
            command: (port) => [echo, '--listen', `127.0.0.1:${port}`],
            missing: noEcho,
            versions: () => 'this checkout, release build, one thread',
        },
        {
            key: 'holdfast-2',
            name: 'Holdfast, two threads',
            own: true,
            cores: 2,
            command: (port) => [echo, '--listen', `127.0.0.1:${port}`, '--threads', 2],
            missing: () => (coreCount() < 4 ? 'takes four cores, two for the server and two for the load' : noEcho()),
            skips: ['broadcast', 'broadcast-burst', 'connect', 'latency', 'idle'],
            versions: () => 'the same with --threads 2',
        },
        {
            key: 'bun',
            name: 'Socket.IO on Bun',
            command: (port) => [bunProgram(), join(peers, 'socketio_bun.mjs'), '--port', port],
            missing: () => (bunProgram() && socketio() ? undefined : missingPackages('bench bench/peers')),
            versions: () => `socket.io ${socketio()}, bun ${version(peers, 'bun')}, @socket.io/bun-engine ${version(peers, '@socket.io/bun-engine')}`,
        },
        {
            key: 'uws',
            name: 'Socket.IO on uWebSockets.js',
            command: node('socketio_uws.mjs'),
            missing: () => (version(peers, '@trufflesuite/uws-js-unofficial') && socketio() ? undefined : missingPackages('bench bench/peers')),
            versions: () =>
                `socket.io ${socketio()}, @trufflesuite/uws-js-unofficial ${version(peers, '@trufflesuite/uws-js-unofficial')} (the npm package that ships it built for this Node and Debian), Node ${process.versions.node}`,
        },
        {
            key: 'node',
            name: 'Socket.IO on Node, ws',
            command: node('socketio_node.mjs'),
            missing: () => (socketio() ? undefined : missingPackages('bench')),
            versions: () => `socket.io ${socketio()}, ws ${version(bench, 'ws')}, Node ${process.versions.node}`,
        },
        {
            key: 'flask',
            name: 'Flask-SocketIO on eventlet',
            command: (port) => ['/usr/bin/python3', join(peers, 'flask_eventlet.py'), '--port', port],
            missing: () =>
                debianVersion('python3-flask-socketio') && debianVersion('python3-eventlet')
                    ? undefined
                    : "Debian's python3-flask-socketio and python3-eventlet are not installed: scripts/install-packages bench",
            // A connection of it costs a millisecond and 47 KB: this many say as much.
            idleConnections: 2000,
            connects: 500,
            // Its line of waiting connections is 50 long.
            connectsAtOnce: 20,
            versions: () =>
                `Debian's python3-flask-socketio ${debianVersion('python3-flask-socketio')}, python3-eventlet ${debianVersion('python3-eventlet')}`,
        },
        {
            key: 'limit',
            name: 'bare uWebSockets',
            limit: true,
            protocol: 'websocket',
            command: (port) => [limit, '--port', port],
            missing: () => {
                if (!limit) return 'not asked for: BENCH_LIMIT names a program to compare with';
                return existsSync(limit) ? undefined : `BENCH_LIMIT is "${limit}", and there is no such program`;
            },
            versions: () => 'a program from outside, echo and publish of WebSocket messages without Socket.IO',
        },
    ];
}
