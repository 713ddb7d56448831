// Seats a hundred players at each server, disturbs them, and counts who is back in their own seat.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { disruptions } from '../lib/continuity_table.mjs';
import { freePort, lastWords, start, stop, untilListening } from '../lib/processes.mjs';
import { openNetwork } from './network.mjs';
import { hostKey, subjects } from './subjects.mjs';

const playersProgram = fileURLToPath(new URL('./players.mjs', import.meta.url));
const awaySeconds = 5;
const patienceSeconds = 75;

// All of it at once: nobody is measured by the clock here, and most of the time everybody waits.
export async function measureContinuity(context) {
    const players = Math.max(4, 2 * Math.round(50 * context.settings.scale));
    const { servers } = context.settings;
    const present = subjects(context.build).filter((subject) => {
        if (servers && !servers.includes(subject.key)) return false;
        const reason = subject.missing();
        if (reason) context.say(`continuity: ${subject.name} is left out: ${reason}`);
        return !reason;
    });
    const cases = present.flatMap((subject) => disruptions.map((disruption) => ({ subject, disruption })));
    context.say(`continuity: ${players} players at each of ${present.length} servers; network, restart and kill, all at once ...`);
    return Promise.all(cases.map((one) => measureCase({ ...one, players, context })));
}

async function measureCase({ subject, disruption, players, context }) {
    const told = { server: subject.key, name: subject.name, disruption: disruption.key, players };
    const table = new Table(subject, join(context.logs, `continuity-${subject.key}-${disruption.key}.log`));
    try {
        await table.open(players);
        await disturb[disruption.key](table);
        const { seats, state } = await table.outcome(players);
        context.say(`continuity: ${subject.name}, ${disruption.title}: ${seats} of ${players} have their seats`);
        return { ...told, seats, state };
    } catch (error) {
        context.say(`continuity: ${subject.name}, ${disruption.title} failed: ${error.message}`);
        return { ...told, failed: error.message };
    } finally {
        await table.close();
    }
}

const disturb = {
    async network(table) {
        table.network.cut();
        await pause(1000);
        await table.moveOn();
        await pause(awaySeconds * 1000 - 1000);
        table.network.mend();
    },
    async graceful(table) {
        await stop(table.server, { patience: 15_000 });
        await table.startServer();
    },
    async kill(table) {
        await stop(table.server, { signal: 'SIGKILL' });
        await table.startServer();
    },
};

// A server, the network in front of it, and a process full of players behind that.
class Table {
    constructor(subject, log) {
        this.subject = subject;
        this.log = log;
        this.folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
        this.troubles = [];
    }

    async open(count) {
        if (this.subject.redis) {
            this.redisPort = await freePort();
            const argument = ['--port', this.redisPort, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', this.folder];
            this.redis = start(['/usr/bin/redis-server', ...argument], { log: this.log });
            await untilListening(this.redis, this.redisPort, { log: this.log });
        }
        this.port = await freePort();
        await this.startServer();
        this.network = await openNetwork(this.port);
        await this.seatPlayers(count);
    }

    async startServer() {
        const { port, redisPort, folder, log } = this;
        this.server = start(this.subject.command({ port, redisPort, folder }), {
            log,
            cwd: folder,
            environment: { HOLDFAST_HOST_KEY: hostKey },
        });
        await untilListening(this.server, port, { log });
    }

    async seatPlayers(count) {
        const url = `http://127.0.0.1:${this.network.port}`;
        this.players = fork(playersProgram, [this.subject.players, url, String(count), hostKey], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
        this.players.on('message', ({ trouble }) => trouble && this.troubles.push(trouble));
        const { seated, failed } = await this.answer(['seated', 'failed'], 60);
        if (failed) throw new Error(`players did not get their seats: ${failed}`);
        this.ownHost = seated.ownHost;
        await pause(seated.settleSeconds * 1000);
    }

    answer(names, seconds) {
        return new Promise((resolve, reject) => {
            const done = (action) => {
                clearTimeout(timer);
                this.players.off('message', hear);
                this.players.off('exit', gone);
                action();
            };
            const hear = (message) => names.some((name) => name in message) && done(() => resolve(message));
            const gone = () => done(() => reject(new Error(`the players' process ended: ${this.troubles.at(-1) ?? 'without a word'}`)));
            const timer = setTimeout(() => done(() => reject(new Error(`no word from the players within ${seconds} seconds`))), seconds * 1000);
            this.players.on('message', hear).once('exit', gone);
        });
    }

    // The host is one of the clients, or the server's own affair.
    async moveOn() {
        this.players.send('move on');
        if (!this.ownHost) this.server.kill('SIGHUP');
    }

    // As soon as it is clear for every player, or when patience ends.
    async outcome(players) {
        const end = Date.now() + patienceSeconds * 1000;
        let settled = 0;
        for (;;) {
            const next = this.answer(['standing'], 15);
            this.players.send('tell');
            const { standing } = await next;
            // Seats come first and the state of play right after.
            settled = standing.over === players ? settled + 1 : 0;
            if (standing.state === players || settled > 6 || Date.now() > end) return standing;
            await pause(250);
        }
    }

    async close() {
        this.players?.kill('SIGKILL');
        this.network?.close();
        if (this.server) await stop(this.server, { signal: 'SIGKILL' });
        if (this.redis) await stop(this.redis, { signal: 'SIGKILL' });
        rmSync(this.folder, { recursive: true, force: true });
    }
}
