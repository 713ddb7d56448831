// Small programs of the tests: run to their end, or served and talked to.
import { spawn } from 'node:child_process';
import { until } from './server.mjs';

/** Runs a program to its end; gives its code and all it said. */
export function run(program, args, options = {}) {
    return new Promise((done, failed) => {
        const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
        let output = '';
        child.stdout.on('data', (chunk) => (output += chunk));
        child.stderr.on('data', (chunk) => (output += chunk));
        child.once('error', failed);
        child.once('close', (code) => done({ code, output }));
    });
}

/** A server that says "listening on <url>" when it serves, and ends politely on SIGTERM. */
export class ServerProgram {
    constructor(program, args = []) {
        this.program = program;
        this.args = args;
        this.output = '';
    }

    async start() {
        const child = spawn(this.program, this.args, { stdio: ['ignore', 'pipe', 'pipe'] });
        this.process = child;
        child.exited = new Promise((done) => child.once('exit', (code, signal) => done({ code, signal })));
        let problem;
        child.once('error', (error) => (problem = error));
        const keep = (chunk) => (this.output += chunk);
        child.stdout.on('data', keep);
        child.stderr.on('data', keep);
        this.url = await until(`${this.program} to listen`, () => {
            if (problem) throw problem;
            if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${this.output}`);
            return this.output.match(/listening on (https?:\/\/\S+)/)?.[1];
        });
        return this.url;
    }

    /** Gives the exit code; a server that does not stop is killed, and that is an error. */
    async stop() {
        const child = this.process;
        if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode;
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
        const { code, signal } = await child.exited;
        clearTimeout(timer);
        if (signal) throw new Error(`${this.program} did not stop by itself (${signal}):\n${this.output}`);
        return code;
    }
}

/** A promise for the next event of that name, its arguments as an array. */
export function next(socket, event, { timeoutMilliseconds = 15_000 } = {}) {
    return new Promise((done, failed) => {
        const timer = setTimeout(() => {
            socket.off(event, take);
            failed(new Error(`waited in vain for "${event}"`));
        }, timeoutMilliseconds);
        const take = (...args) => {
            clearTimeout(timer);
            done(args);
        };
        socket.once(event, take);
    });
}
