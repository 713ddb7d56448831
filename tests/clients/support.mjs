// The server of this folder as a process, and a stock client that remembers what it was told.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, until } from '../support/server.mjs';

export { until };

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const program = join(process.env.HOLDFAST_BUILD ?? join(root, 'build', 'test'), 'clients', 'client_server');
const require = createRequire(import.meta.url);

/** Every version of socket.io-client that speaks this protocol, by the first numbers of its version. */
export const versions = Object.fromEntries(
    ['3-1', '4-0', '4-1', '4-2', '4-3', '4-4', '4-5', '4-6', '4-7', ''].map((alias) => {
        const name = alias ? `socket.io-client-${alias}` : 'socket.io-client';
        return [require(`${name}/package.json`).version, require(name)];
    }),
);

/** The ways to come in: the settings that give them, and the transport that they end with. */
export const ways = {
    'polling and the upgrade': { settings: {}, transport: 'websocket' },
    'WebSocket alone': { settings: { transports: ['websocket'] }, transport: 'websocket' },
    'polling alone': { settings: { transports: ['polling'] }, transport: 'polling' },
};

export class ClientServer {
    constructor(...options) {
        this.options = options;
    }

    get url() {
        return `http://127.0.0.1:${this.port}`;
    }

    /** Starts the process and waits until it listens. The port stays the same over restarts. */
    async start() {
        this.port ??= await freePort();
        this.output = '';
        const child = spawn(program, ['--listen', `127.0.0.1:${this.port}`, ...this.options], {
            stdio: ['ignore', 'pipe', 'pipe'],
        });
        this.process = child;
        child.exited = new Promise((done) => child.once('exit', (code, signal) => done({ code, signal })));
        for (const stream of [child.stdout, child.stderr]) {
            stream.on('data', (chunk) => {
                this.output += chunk;
            });
        }
        await until('the server to listen', () => {
            if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${this.output}`);
            return this.output.includes(`${this.port}`);
        });
    }

    /** Sends a signal and waits for the end. */
    async end(signal) {
        this.process.kill(signal);
        return this.process.exited;
    }

    async dispose() {
        if (this.process && this.process.exitCode === null && this.process.signalCode === null) await this.end('SIGKILL');
    }
}

/** The reference server from npm, in a process of its own. */
export class ReferenceServer {
    async start() {
        this.process = spawn(process.execPath, [join(root, 'tests', 'clients', 'reference_server.mjs')], {
            stdio: ['ignore', 'pipe', 'inherit'],
        });
        this.process.exited = new Promise((done) => this.process.once('exit', done));
        this.port = Number(await new Promise((done) => this.process.stdout.once('data', done)));
    }

    async dispose() {
        this.process?.kill('SIGKILL');
        await this.process?.exited;
    }
}

export class Visitor {
    /** Makes a client of that version and starts to connect it. `nsp` is a namespace, with its slash. */
    constructor(server, { io } = versions['4.8.4'], settings = {}, nsp = '') {
        this.told = [];
        this.socket = io(server.url + nsp, {
            forceNew: true,
            reconnectionDelay: 50,
            reconnectionDelayMax: 250,
            ...settings,
        });
        this.listen(this.socket);
    }

    /** Another namespace over the same connection. */
    also(nsp, settings = {}) {
        const other = Object.create(Visitor.prototype);
        other.told = [];
        other.socket = this.socket.io.socket(nsp, settings);
        other.listen(other.socket);
        return other;
    }

    listen(socket) {
        socket.onAny((event, ...values) => {
            // A last function is the way to answer.
            if (event === 'question') this.answer?.(...values);
            this.told.push({ event, values });
        });
        socket.on('connect', () => this.told.push({ event: 'connect', values: [] }));
        socket.on('disconnect', (reason) => this.told.push({ event: 'disconnect', values: [reason] }));
        socket.on('connect_error', (error) => this.told.push({ event: 'connect_error', values: [error] }));
    }

    /** Connected, and with the transport that the way ends with. */
    static async connect(server, client, way = ways['polling and the upgrade'], settings = {}, nsp = '') {
        const visitor = new Visitor(server, client, { ...way.settings, ...settings }, nsp);
        await visitor.next('connect');
        await visitor.arrived(way);
        return visitor;
    }

    arrived(way) {
        return until(`the transport ${way.transport}`, () => this.socket.io.engine.transport.name === way.transport);
    }

    /** The values of the next event of that name that has not been taken. */
    async next(event) {
        const find = () => this.told.findIndex((entry) => entry.event === event);
        await until(`${event}; told: ${JSON.stringify(this.told).slice(0, 400)}`, () => find() >= 0, { everyMilliseconds: 3 });
        return this.told.splice(find(), 1)[0].values;
    }

    /** How often that event came and was not taken. */
    count(event) {
        return this.told.filter((entry) => entry.event === event).length;
    }

    emit(...values) {
        this.socket.emit(...values);
    }

    /** Emits, and gives the values of the server's ack. */
    request(...values) {
        return new Promise((done, failed) => {
            const timer = setTimeout(() => failed(new Error(`no answer to ${values[0]}`)), 15_000);
            this.socket.emit(...values, (...answer) => {
                clearTimeout(timer);
                done(answer);
            });
        });
    }

    async whoAmI() {
        return (await this.request('who am i'))[0];
    }

    close() {
        this.socket.io._close?.();
        this.socket.disconnect();
    }
}
