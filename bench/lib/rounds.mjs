// Carries out a plan: starts servers, measures, notes what failed and goes on.
import { join } from 'node:path';
import { LoadError, runLoad } from './load.mjs';
import { freePort, isRunning, start, stop, untilListening } from './processes.mjs';
import { connectCount, connectsAtOnce, scenarioOf } from './scenarios.mjs';
import { metricOf } from './statistics.mjs';

// After this many failures in a row a server is asked no more.
const patience = 3;

// Servers that compile while they run get this much load before the first measurement of a round, and so do the others.
const heatSeconds = 2;

export class Rounds {
    // `context`: { settings, places: {server, load}, loadProgram: [command], logs, say(text), idleConnections }
    constructor(servers, context) {
        this.servers = new Map(servers.map((server) => [server.key, server]));
        this.context = context;
        this.measurements = [];
        this.failures = new Map();
        this.running = new Map();
    }

    async carryOut(steps) {
        const rounds = Math.max(0, ...steps.map((step) => step.round));
        for (let round = 1; round <= rounds; round += 1) {
            const ofRound = steps.filter((step) => step.round === round);
            const together = ofRound.filter((step) => step.when === 'round');
            try {
                for (const key of new Set(together.map((step) => step.server))) await this.startForRound(key, round);
                for (const step of together) await this.step(step, rounds, () => this.running.get(step.server));
            } finally {
                await this.stopAll();
            }
            for (const step of ofRound.filter((one) => one.when === 'alone')) {
                await this.step(step, rounds, () => this.launch(this.servers.get(step.server)));
                await this.stopAll();
            }
        }
        return this.measurements;
    }

    givenUp(key) {
        return (this.failures.get(key) ?? 0) >= patience;
    }

    async launch(server) {
        const { settings, places, logs } = this.context;
        const port = await freePort();
        const log = join(logs, `${server.key}.log`);
        const child = start(server.command(port), { cores: places.server(server), log });
        this.running.set(server.key, { child, port });
        await untilListening(child, port, { seconds: settings.startSeconds ?? 30, log });
        return { child, port };
    }

    // Every server runs hot for a moment first, as one that compiles while it runs has to.
    async startForRound(key, round) {
        if (this.givenUp(key)) return;
        const server = this.servers.get(key);
        const { settings } = this.context;
        try {
            const { child, port } = await this.launch(server);
            if (isRunning(child)) await this.load(server, port, child, scenarioOf('ack-8'), { seconds: heatSeconds * settings.scale, warmup: 0.1 });
        } catch (error) {
            this.context.say(`round ${round}: ${server.name} did not get ready: ${error.message}`);
            this.startError = { ...this.startError, [key]: error.message };
        }
    }

    async stopAll() {
        const stopped = [...this.running.values()].map(({ child }) => stop(child));
        this.running.clear();
        await Promise.all(stopped);
    }

    async step({ round, scenario: key, server: serverKey }, rounds, target) {
        const server = this.servers.get(serverKey);
        const scenario = scenarioOf(key);
        const told = { round, scenario: key, server: serverKey };
        if (this.givenUp(serverKey)) {
            this.measurements.push({ ...told, failed: 'given up after failing before' });
            return;
        }
        this.context.say(`round ${round} of ${rounds}: ${server.name}, ${scenario.says} ...`);
        try {
            const at = await target();
            if (!at) throw new LoadError(`it did not start: ${this.startError?.[serverKey] ?? 'see its log'}`);
            if (!isRunning(at.child)) throw new LoadError(this.startError?.[serverKey] ?? 'the server ended');
            const metrics = await this.load(server, at.port, at.child, scenario, this.argumentsFor(scenario, server, round));
            if (metricOf(metrics, scenario.metric) === undefined) throw new LoadError(`there is no ${scenario.metric} in the answer`);
            this.measurements.push({ ...told, metrics });
            this.failures.set(serverKey, 0);
        } catch (error) {
            this.measurements.push({ ...told, failed: error.message });
            this.failures.set(serverKey, (this.failures.get(serverKey) ?? 0) + 1);
            this.context.say(`  failed: ${error.message}`);
        }
    }

    argumentsFor(scenario, server, round) {
        const { settings, idleConnections } = this.context;
        const { seconds, warmup } = settings;
        const scaled = (count) => Math.max(50, Math.round(count * settings.scale));
        const values = {
            seconds,
            warmup,
            connections: scaled(server.idleConnections ?? idleConnections),
            connects: scaled(server.connects ?? connectCount),
            atOnce: server.connectsAtOnce ?? connectsAtOnce,
        };
        if (scenario.needs) {
            const before = this.measurements.find(
                (one) => one.round === round && one.server === server.key && one.scenario === scenario.needs.scenario && !one.failed,
            );
            values.needed = before && metricOf(before.metrics, scenario.needs.metric);
            if (values.needed === undefined) throw new LoadError(`${scenario.needs.scenario} of this round, which it builds on, failed`);
        }
        return values;
    }

    load(server, port, child, scenario, values) {
        const { loadProgram, places, logs, settings } = this.context;
        const [name, ...rest] = scenario.arguments(values);
        return runLoad({
            program: loadProgram,
            argument: [
                name,
                '--url', `http://127.0.0.1:${port}`,
                '--protocol', server.protocol ?? 'socketio',
                '--server-pid', child.pid,
                ...rest,
            ],
            cores: places.load(server),
            log: join(logs, 'load.log'),
            seconds: settings.loadSeconds ?? 45,
            server: child,
        });
    }
}
