// Whose players' seats are put to the test, and how each server is started.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const peers = new URL('../peers/', import.meta.url).pathname;
const installed = (folder, name) => existsSync(new URL(`../${folder}node_modules/${name}/package.json`, import.meta.url));
const withPeers = (...names) => () =>
    names.every((name) => installed('peers/', name)) && installed('', 'socket.io')
        ? undefined
        : 'its packages are not installed: scripts/install-node-modules bench bench/peers';

const version = (folder, name) => {
    const file = new URL(`../${folder}node_modules/${name}/package.json`, import.meta.url);
    return `${name} ${existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : 'not installed'}`;
};
const onNode = (...packages) => () => [...packages, `Node ${process.versions.node}`].join(', ');
const colyseus = onNode(version('peers/', '@colyseus/core'), version('peers/', '@colyseus/sdk'));

export const hostKey = 'the key of the host of this run';

export function subjects(build) {
    const holdfast = join(build, 'bin/holdfast');
    return [
        {
            key: 'holdfast',
            name: 'Holdfast',
            players: 'holdfast',
            versions: () => 'this checkout, release build, SQLite store',
            command: ({ port, folder }) => [
                holdfast, 'serve', '--listen', `127.0.0.1:${port}`, '--store', `sqlite:${join(folder, 'holdfast.db')}`,
            ],
            missing: () => (existsSync(holdfast) ? undefined : `${holdfast} is not built (make build)`),
        },
        {
            key: 'recovery',
            name: 'Socket.IO with recovery',
            players: 'socketio',
            versions: onNode(version('', 'socket.io')),
            command: ({ port }) => [process.execPath, join(peers, 'recovery_socketio.mjs'), '--port', port],
            missing: withPeers(),
        },
        {
            key: 'recovery-redis',
            name: 'the same, sessions in Redis streams',
            players: 'socketio',
            versions: onNode(version('', 'socket.io'), version('peers/', '@socket.io/redis-streams-adapter'), "Debian's redis-server"),
            redis: true,
            command: ({ port, redisPort }) => [process.execPath, join(peers, 'recovery_socketio.mjs'), '--port', port, '--redis', redisPort],
            missing: () =>
                existsSync('/usr/bin/redis-server')
                    ? withPeers('ioredis', '@socket.io/redis-streams-adapter')()
                    : "Debian's redis-server is not installed: scripts/install-packages bench",
        },
        {
            key: 'colyseus',
            name: 'Colyseus',
            players: 'colyseus',
            versions: colyseus,
            command: ({ port }) => [process.execPath, join(peers, 'recovery_colyseus.mjs'), '--port', port],
            missing: withPeers('@colyseus/core', '@colyseus/sdk'),
        },
        {
            key: 'colyseus-dev',
            name: 'Colyseus in its development mode',
            players: 'colyseus',
            versions: colyseus,
            command: ({ port }) => [process.execPath, join(peers, 'recovery_colyseus.mjs'), '--port', port, '--dev-mode'],
            missing: withPeers('@colyseus/core', '@colyseus/sdk'),
        },
    ];
}
