// What only Holdfast has: seats on disk, the storm after kill -9, the lobby, and a start with many teams on disk.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { number, ratio } from './format.mjs';
import { LoadError, runLoad } from './load.mjs';
import { freePort, isRunning, lastWords, pinned, start, stop, untilListening } from './processes.mjs';
import { metricOf } from './statistics.mjs';

const hostKey = 'the key of the host of this run';
const multiplyTeams = fileURLToPath(new URL('./multiply_teams.py', import.meta.url));

const milliseconds = (metrics, path) => `${number(metricOf(metrics, path) / 1000, 3)} ms`;

// `run(stand)` answers what the load generator measured, or figures of its own; `words(metrics)` is for the page. Each is
// done `rounds` times, with a new server and a new folder; `main` is the metric by which rounds are put in order.
const parts = [
    {
        key: 'seats',
        main: 'operations_per_second',
        rounds: 3,
        title: (stand) => `seat operations on disk, ${number(stand.scaled(1000))} players`,
        run: (stand) => stand.load('seats', ['--connections', stand.scaled(1000), '--in-flight', 1, '--seconds', 3 * stand.seconds, '--warmup-seconds', stand.seconds]),
        words: (metrics) =>
            `${number(metrics.operations_per_second)} a second, ${number(metrics.operations_per_cpu_second)} per CPU second; ` +
            `p50 ${milliseconds(metrics, 'latency_us.p50')}, p99 ${milliseconds(metrics, 'latency_us.p99')}`,
    },
    {
        key: 'storm',
        main: 'seconds_to_last_resume',
        rounds: 2,
        title: (stand) => `the storm: ${number(stand.scaled(10_000))} seated players, kill -9, restart`,
        run: (stand) => stand.storm(stand.scaled(10_000)),
        words: (metrics) =>
            `all ${number(metrics.kept)} resumed ${number(metrics.seconds_to_last_resume, 3)} s after the start, ${number(metrics.cpu_us_per_operation, 3)} us of CPU each`,
    },
    {
        key: 'lobby',
        main: 'latency_us.p99',
        rounds: 1,
        title: (stand) => `${number(stand.scaled(5000))} players joining within 30 s, with the lobby open`,
        run: (stand) => stand.lobby(stand.scaled(5000)),
        words: (metrics) =>
            `p50 of a join ${milliseconds(metrics, 'latency_us.p50')}, p99 ${milliseconds(metrics, 'latency_us.p99')}; ` +
            `${number(metrics.bytes_received / 1e6, 3)} MB sent (${number(metrics.bytes_received / metrics.operations)} bytes a join), ${number(metrics.server_cpu_seconds, 3)} s of CPU; ` +
            `against half as many players in the same time, ${ratio(metrics.bytes_growth)} times the bytes and ${ratio(metrics.cpu_growth)} times the CPU`,
    },
    {
        key: 'start',
        main: 'ready_seconds',
        rounds: 3,
        title: (stand) => `start with ${number(stand.scaled(100_000))} teams on disk`,
        run: (stand) => stand.startWithTeams(stand.scaled(100_000)),
        words: (metrics) => `ready after ${number(metrics.ready_seconds, 3)} s, ${number(metrics.resident_megabytes, 3)} MB resident at most`,
    },
];

export async function measureOwnParts(wanted, context) {
    const measured = [];
    for (const part of parts.filter(({ key }) => wanted.includes(key))) {
        const rounds = Math.min(part.rounds, context.settings.rounds);
        for (let round = 1; round <= rounds; round += 1) {
            const stand = new Stand(context, part.key);
            const told = { part: true, round, scenario: part.key, server: 'holdfast', title: part.title(stand) };
            context.say(`round ${round} of ${rounds}: Holdfast, ${told.title} ...`);
            try {
                const metrics = await part.run(stand);
                measured.push({ ...told, metrics, main: metricOf(metrics, part.main), in_words: part.words(metrics) });
            } catch (error) {
                measured.push({ ...told, failed: error.message });
                context.say(`  failed: ${error.message}`);
            } finally {
                await stand.close();
            }
        }
    }
    return measured;
}

// A `holdfast serve` with a folder of its own, and what can be done to it.
class Stand {
    constructor(context, key) {
        this.context = context;
        this.folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
        this.log = join(context.logs, `${key}.log`);
        this.program = join(context.build, 'bin/holdfast');
        this.cores = context.places.server({});
    }

    scaled(count) {
        return Math.max(10, 2 * Math.round((count * this.context.settings.scale) / 2));
    }

    get seconds() {
        return this.context.settings.seconds;
    }

    get database() {
        return join(this.folder, 'holdfast.db');
    }

    command() {
        const { port, program, database } = this;
        if (!existsSync(program)) throw new LoadError(`${program} is not built (make build)`);
        return [
            program, 'serve', '--listen', `127.0.0.1:${port}`, '--store', `sqlite:${database}`,
            '--events-per-second', 1_000_000, '--connections-per-address', 0, '--log-level', 'warning',
        ];
    }

    async startServer() {
        this.port ??= await freePort();
        const { log, cores, folder, port } = this;
        const environment = { HOLDFAST_HOST_KEY: hostKey };
        this.server = start(this.command(), { log, cores, cwd: folder, environment });
        await untilListening(this.server, port, { log });
    }

    async load(scenario, argument) {
        await this.startServer();
        return this.runLoad([
            scenario, '--url', `http://127.0.0.1:${this.port}`, '--server-pid', this.server.pid, '--host-key', hostKey, ...argument,
        ]);
    }

    // Twice: where twice as many players cost twice as much and not four times, nobody pays for the others.
    async lobby(players) {
        const joining = (count, seconds) => this.load('lobby', ['--connections', count, '--join-seconds', seconds]);
        // In the same time: what is sent at intervals is sent as often to half as many.
        const seconds = 30 * Math.min(1, this.context.settings.scale);
        const half = await joining(Math.round(players / 2), seconds);
        await stop(this.server, { signal: 'SIGKILL' });
        rmSync(this.folder, { recursive: true, force: true });
        this.folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
        const whole = await joining(players, seconds);
        return {
            ...whole,
            bytes_growth: whole.bytes_received / half.bytes_received,
            cpu_growth: whole.server_cpu_seconds / half.server_cpu_seconds,
        };
    }

    // The load generator itself starts, kills and starts this server.
    async storm(players) {
        this.port = await freePort();
        const serve = pinned(this.command(), this.cores).join(' ');
        const url = `http://127.0.0.1:${this.port}`;
        return this.runLoad(['storm', '--url', url, '--serve', serve, '--host-key', hostKey, '--connections', players]);
    }

    runLoad(argument) {
        const { context, server } = this;
        return runLoad({
            program: context.loadProgram,
            argument,
            cores: context.places.load({}),
            log: join(context.logs, 'load.log'),
            seconds: 120,
            server,
            environment: { HOLDFAST_HOST_KEY: hostKey },
        });
    }

    async startWithTeams(teams) {
        await this.startServer();
        await this.seatOneTeam();
        await stop(this.server, { patience: 15_000 });
        execFileSync('/usr/bin/python3', [multiplyTeams, this.database, String(teams)], { stdio: 'pipe' });
        const begun = process.hrtime.bigint();
        const { log, cores, folder, port } = this;
        this.server = start(this.command(), { log, cores, cwd: folder, environment: { HOLDFAST_HOST_KEY: hostKey } });
        while ((await fetchText(port, '/readyz')) === undefined) {
            if (!isRunning(this.server)) throw new LoadError(`it ended before it was ready: ${lastWords(log)}`);
            if (process.hrtime.bigint() - begun > 60_000_000_000n) throw new LoadError('it was not ready within a minute');
            await pause(2);
        }
        const readySeconds = Number(process.hrtime.bigint() - begun) / 1e9;
        const found = await activeTeams(port);
        if (found !== teams) throw new LoadError(`it found ${found} teams on disk instead of ${teams}`);
        return { ready_seconds: readySeconds, resident_megabytes: highWater(this.server.pid) / 1e6, teams: found };
    }

    async seatOneTeam() {
        const { seatPlayer } = await import('../peers/players_holdfast.mjs');
        const url = `http://127.0.0.1:${this.port}`;
        const players = [];
        for (const index of [0, 1]) players.push(await seatPlayer({ url, index, roundIsOpen: new Promise(() => {}) }));
        for (const player of players) player.disconnect();
    }

    async close() {
        if (this.server) await stop(this.server, { signal: 'SIGKILL' });
        rmSync(this.folder, { recursive: true, force: true });
    }
}

// The body of an answer with status 200; undefined for any other, and for none.
function fetchText(port, path) {
    return new Promise((resolve) => {
        get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (part) => {
                text += part;
            });
            response.on('end', () => resolve(response.statusCode === 200 ? text : undefined));
        }).on('error', () => resolve(undefined));
    });
}

async function activeTeams(port) {
    return Number(/^\S*teams\{state="active"\} (\d+)/m.exec((await fetchText(port, '/metrics')) ?? '')?.[1]);
}

// The most memory that the process has had resident, in bytes.
function highWater(pid) {
    return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}
