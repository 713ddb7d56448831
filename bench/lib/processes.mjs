// Servers and load as child processes: each on its core, each ended by its own process id.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { availableParallelism, cpus } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export const coreCount = () => availableParallelism?.() ?? cpus().length;

const children = new Set();

// Whatever happens to the runner, nothing that it started stays behind.
export function endEverything() {
    for (const child of children) child.kill('SIGKILL');
}

// `cores` like "0" or "0,1"; undefined leaves the choice to the system. As many open files as the system allows.
export function pinned(command, cores) {
    const files = existsSync('/usr/bin/prlimit') ? ['prlimit', `--nofile=${fileLimit()}:${fileLimit()}`] : [];
    const place = cores !== undefined && existsSync('/usr/bin/taskset') ? ['taskset', '--cpu-list', cores] : [];
    return [...files, ...place, ...command].map(String);
}

let limit;
function fileLimit() {
    if (limit === undefined) {
        const line = readFileSync('/proc/self/limits', 'utf8').split('\n').find((text) => text.startsWith('Max open files'));
        limit = Number(line?.trim().split(/\s+/)[4]) || 4096;
    }
    return limit;
}

export function start(command, { cores, log, cwd, environment, output = 'log' } = {}) {
    mkdirSync(dirname(log), { recursive: true });
    const file = openSync(log, 'a');
    const [program, ...argument] = pinned(command, cores);
    const child = spawn(program, argument, {
        cwd,
        env: { ...process.env, ...environment },
        stdio: ['ignore', output === 'pipe' ? 'pipe' : file, file],
    });
    closeSync(file);
    children.add(child);
    child.ended = new Promise((resolve) => {
        child.on('error', (error) => {
            children.delete(child);
            resolve({ error: error.message });
        });
        child.on('exit', (code, signal) => {
            children.delete(child);
            resolve({ code, signal });
        });
    });
    return child;
}

export const isRunning = (child) => child.exitCode === null && child.signalCode === null && child.pid !== undefined;

export async function stop(child, { signal = 'SIGTERM', patience = 2000 } = {}) {
    if (!isRunning(child)) return;
    child.kill(signal);
    const ended = await Promise.race([child.ended, pause(patience, 'waited', { ref: false })]);
    if (ended === 'waited') {
        child.kill('SIGKILL');
        await child.ended;
    }
}

export async function freePort() {
    const server = createServer();
    await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    await new Promise((resolve) => server.close(resolve));
    return port;
}

function answers(port) {
    return new Promise((resolve) => {
        const socket = connect({ port, host: '127.0.0.1' });
        const done = (result) => {
            socket.destroy();
            resolve(result);
        };
        socket.once('connect', () => done(true)).once('error', () => done(false));
    });
}

// Until the server accepts connections; an Error says why it never did.
export async function untilListening(child, port, { seconds = 30, log } = {}) {
    const end = Date.now() + seconds * 1000;
    while (Date.now() < end) {
        if (!isRunning(child)) throw new Error(`it ended before it listened: ${lastWords(log)}`);
        if (await answers(port)) return;
        await pause(20);
    }
    throw new Error(`it did not listen within ${seconds} seconds`);
}

// The line of a log that says most: the last one that names an error, or the last one at all.
export function lastWords(log) {
    if (!log || !existsSync(log)) return 'without a word';
    const lines = readFileSync(log, 'utf8').split('\n').map((line) => line.trim()).filter((line) => line !== '');
    const telling = lines.filter((line) => /error|cannot|failed|not found|no binary/i.test(line));
    return (telling.at(-1) ?? lines.at(-1) ?? 'without a word').slice(0, 200);
}
