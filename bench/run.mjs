// make bench: Holdfast and its peers side by side, on this machine, in one run.
//
//   node bench/run.mjs            everything; writes docs/performance.md and its plot
//   node bench/run.mjs --render   the page and the plot anew from the results that were last published
//
// BENCH_ROUNDS, BENCH_ONLY, BENCH_SERVERS, BENCH_SECONDS, BENCH_SCALE, BENCH_BUILD, BENCH_LIMIT, BENCH_OUT: see docs/performance.md.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureContinuity } from './continuity/run.mjs';
import { subjects } from './continuity/subjects.mjs';
import { duration } from './lib/format.mjs';
import { measureOwnParts } from './lib/own_parts.mjs';
import { page, plotOf, terminalReport } from './lib/page.mjs';
import { estimateSeconds, makePlan } from './lib/plan.mjs';
import { coreCount, endEverything } from './lib/processes.mjs';
import { Rounds } from './lib/rounds.mjs';
import { idleConnections, scenarios } from './lib/scenarios.mjs';
import { serverCatalog } from './lib/servers.mjs';
import { SettingsError, secondsOf, settingsFrom } from './lib/settings.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const published = join(root, 'bench/results/published.json');
const template = () => readFileSync(join(root, 'bench/page.md'), 'utf8');
const say = (text) => console.log(`bench: ${text}`);

// One core for the servers and another for the load; two and two where one server has two threads.
function placesOf(cores) {
    if (cores < 2) return { server: () => undefined, load: () => undefined };
    return {
        server: (server) => (server.cores === 2 ? '0,1' : '0'),
        load: (server) => (server.cores === 2 ? '2,3' : '1'),
    };
}

function machine() {
    const pretty = existsSync('/etc/os-release') && /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'));
    return {
        processor: cpus()[0]?.model ?? 'unknown',
        cores: coreCount(),
        memory_bytes: totalmem(),
        kernel: release().split('-')[0],
        system: pretty ? pretty[1] : process.platform,
        node: process.versions.node,
        load_before: loadavg()[0],
    };
}

function write(results, files) {
    for (const [file, text] of Object.entries(files)) {
        mkdirSync(join(file, '..'), { recursive: true });
        writeFileSync(file, text);
        say(`wrote ${file}`);
    }
}

function pageFiles(results, folder, images) {
    return {
        [join(folder, 'performance.md')]: page(template(), results, scenarios),
        [join(images, 'performance.svg')]: plotOf(results, scenarios),
    };
}

function keepersOf(all, { servers }) {
    return all
        .filter(({ key }) => !servers || servers.includes(key))
        .map((subject) => ({ name: subject.name, missing: subject.missing(), versions: subject.versions() }));
}

async function measure(environment) {
    const build = resolve(root, environment.BENCH_BUILD || 'build/release');
    const catalog = serverCatalog({ build, limit: environment.BENCH_LIMIT });
    const names = [...catalog, ...subjects(build)].map(({ key }) => key);
    const settings = settingsFrom(environment, [...new Set(names)]);
    const out = resolve(root, settings.out);
    const loadProgram = environment.BENCH_LOAD ? environment.BENCH_LOAD.split(' ') : [join(build, 'bin/holdfast-bench')];
    const servers = catalog.filter((server) => !settings.servers || settings.servers.includes(server.key));
    for (const server of servers) server.reason = server.missing();
    const present = servers.filter((server) => !server.reason);
    for (const server of servers) if (server.reason) say(`${server.name} is left out: ${server.reason}`);
    const steps = makePlan({ ...settings, servers: present });
    const cores = coreCount();
    const context = { settings, places: placesOf(cores), loadProgram, logs: join(out, 'logs'), say, idleConnections, build };
    say(`${present.length} servers, ${settings.rounds} rounds; this takes about ${duration(estimateSeconds(steps, settings) + secondsOf(settings.parts))}`);
    if (cores < 2) say('there is one core only: servers and load share it, and the figures say little');

    const before = machine();
    if (before.load_before > 1) say(`other work is going on here (a load average of ${before.load_before.toFixed(1)}): the figures will be noisy`);
    const measurements = await new Rounds(present, context).carryOut(steps);
    measurements.push(...(await measureOwnParts(settings.parts, context)));
    const continuity = settings.parts.includes('continuity') ? await measureContinuity(context) : [];
    const now = new Date();
    const results = {
        made_on: now.toISOString().slice(0, 10),
        machine: before,
        settings: { rounds: settings.rounds, seconds: settings.seconds, warmup: settings.warmup, scale: settings.scale },
        servers: servers.map(({ key, name, own, limit, reason, versions }) => ({
            key, name, own, limit, missing: reason, versions: reason ? undefined : versions(),
        })),
        measurements,
        continuity,
        keepers: continuity.length > 0 ? keepersOf(subjects(build), settings) : [],
    };
    console.log(`\n${terminalReport(results, scenarios)}\n`);
    const text = `${JSON.stringify(results, undefined, 1)}\n`;
    write(results, { [join(out, 'results.json')]: text, ...pageFiles(results, out, join(out, 'images')) });
    if (settings.publish) {
        write(results, { [published]: text, ...pageFiles(results, join(root, 'docs'), join(root, 'docs/images')) });
    }
    return measurements.length > 0 && measurements.every((one) => one.failed) ? 1 : 0;
}

function render() {
    const results = JSON.parse(readFileSync(published, 'utf8'));
    write(results, pageFiles(results, join(root, 'docs'), join(root, 'docs/images')));
    return 0;
}

for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
        endEverything();
        process.exit(130);
    });
}
process.on('exit', endEverything);

try {
    process.exitCode = process.argv.includes('--render') ? render() : await measure(process.env);
} catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    console.error(`bench: ${error.message}`);
    process.exitCode = 2;
}
