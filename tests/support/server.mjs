// A real Holdfast process for the tests: started, stopped and killed like a user's, always on loopback.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const hostKey = 'the-host-key-of-the-tests';

/** The program under test: HOLDFAST_BIN, or what `make test` builds. */
export const program = process.env.HOLDFAST_BIN ?? join(root, 'build', 'test', 'bin', 'holdfast');

/** A port that was free a moment ago. */
export function freePort() {
    return new Promise((done, failed) => {
        const probe = createServer();
        probe.on('error', failed);
        probe.listen(0, '127.0.0.1', () => {
            const { port } = probe.address();
            probe.close(() => done(port));
        });
    });
}

/** Asks again until `condition` gives something truthy; fails with `what` after the time. */
export async function until(what, condition, { timeoutMilliseconds = 15_000, everyMilliseconds = 20 } = {}) {
    const deadline = Date.now() + timeoutMilliseconds;
    let last;
    for (;;) {
        try {
            const value = await condition();
            if (value) return value;
        } catch (error) {
            last = error;
        }
        if (Date.now() > deadline) throw new Error(`waited in vain for: ${what}${last ? ` (${last.message})` : ''}`);
        await new Promise((next) => setTimeout(next, everyMilliseconds));
    }
}

export class HoldfastServer {
    /**
     * Settings: `options` are further command line options, `environment` further variables, `wrapper` a program with its
     * arguments that becomes the server by exec, as unshare does.
     */
    constructor({ options = [], environment = {}, wrapper = [] } = {}) {
        this.folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
        this.database = join(this.folder, 'holdfast.db');
        this.options = options;
        this.environment = environment;
        this.wrapper = wrapper;
        this.output = '';
        this.process = undefined;
    }

    get url() {
        return `http://127.0.0.1:${this.port}`;
    }

    /** Starts the process and waits until it is ready. The port stays the same over restarts. */
    async start() {
        await this.spawn();
        const child = this.process;
        await until(
            `the server to be ready; it said:\n${this.output}`,
            async () => {
                if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${this.output}`);
                return (await fetch(`${this.url}/readyz`)).ok;
            },
            { timeoutMilliseconds: 30_000 },
        );
    }

    /** Starts the process and waits for nothing. */
    async spawn() {
        this.port ??= await freePort();
        const listen = `127.0.0.1:${this.port}`;
        const words = [program, 'serve', '--listen', listen, '--store', `sqlite:${this.database}`, ...this.options];
        const [first, ...others] = [...this.wrapper, ...words];
        const child = spawn(first, others, {
            cwd: this.folder,
            env: { ...process.env, HOLDFAST_HOST_KEY: hostKey, ...this.environment },
            stdio: ['ignore', 'pipe', 'pipe'],
        });
        this.process = child;
        child.exited = new Promise((done) => child.once('exit', (code, signal) => done({ code, signal })));
        const keep = (chunk) => {
            this.output = (this.output + chunk).slice(-400_000);
        };
        child.stdout.on('data', keep);
        child.stderr.on('data', keep);
    }

    /** kill -9. */
    async kill() {
        const child = this.process;
        child.kill('SIGKILL');
        await child.exited;
    }

    /** A graceful stop; gives the exit code. */
    async stop() {
        const child = this.process;
        child.kill('SIGTERM');
        const ended = await Promise.race([
            child.exited,
            new Promise((_, failed) => {
                setTimeout(() => failed(new Error('the server did not stop in 15 seconds')), 15_000).unref();
            }),
        ]);
        return ended.code;
    }

    /** One figure of /metrics; labels as they are written, for example `{state="away"}`. The sum when several match. */
    async metric(name, labels = '') {
        const text = await (await fetch(`${this.url}/metrics`)).text();
        const wanted = labels.replace(/[{}]/g, '').split(',').filter(Boolean);
        const rows = text
            .split('\n')
            .filter((row) => (row.startsWith(`${name} `) || row.startsWith(`${name}{`)) && wanted.every((label) => row.includes(label)));
        if (rows.length === 0) return undefined;
        return rows.map((row) => Number(row.split(' ').at(-1))).reduce((sum, value) => sum + value, 0);
    }

    /** Ends what still runs and removes the folder. */
    async dispose() {
        if (this.process && this.process.exitCode === null && this.process.signalCode === null) await this.kill();
        rmSync(this.folder, { recursive: true, force: true });
    }
}
