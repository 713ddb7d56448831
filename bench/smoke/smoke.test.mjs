// The runner as a whole on a tiny plan: real servers, and a load that is quick to tell.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const runner = fileURLToPath(new URL('../run.mjs', import.meta.url));
const fake = `${process.execPath} ${fileURLToPath(new URL('./fake_load.mjs', import.meta.url))}`;
const build = process.env.HOLDFAST_BUILD;
const folders = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

async function bench(environment) {
    const out = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
    folders.push(out);
    const child = spawn(process.execPath, [runner], {
        env: { ...process.env, BENCH_BUILD: build, BENCH_OUT: out, BENCH_ROUNDS: '2', BENCH_SERVERS: 'holdfast,node', ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (part) => {
            text += part;
        });
    }
    const code = await new Promise((resolve) => child.on('close', resolve));
    const read = (name) => (existsSync(join(out, name)) ? readFileSync(join(out, name), 'utf8') : undefined);
    return { code, text, results: JSON.parse(read('results.json') ?? 'null'), page: read('performance.md'), picture: read('images/performance.svg') };
}

test('servers are measured in turns, and the table, the page and the plot say what was measured', async () => {
    const { code, text, results, page, picture } = await bench({ BENCH_LOAD: fake, BENCH_ONLY: 'ack,connect', FAKE_LOAD: '{"examples/echo":3}' });
    assert.equal(code, 0, text);
    assert.equal(results.measurements.length, 2 * 2 * 3, 'rounds, servers, scenarios');
    assert.deepEqual(results.measurements.filter((one) => one.scenario === 'ack-1').map((one) => one.server), ['holdfast', 'node', 'node', 'holdfast']);
    assert.match(text, /round 2 of 2: Socket\.IO on Node, ws, connect \.\.\./);
    assert.match(text, /Socket\.IO on Node, ws +3\.00 ±0 % +2,000/);
    assert.match(page, /\| Socket\.IO on Node, ws \| 3\.00 ±0 % \| 2,000 \| 2,000 \| 2,000 \|/);
    assert.match(page, /acked events, 100 clients, 1 in flight \|.*\| 6,000 ±0 % \| 2,000 ±0 % \(Socket\.IO on Node, ws\)/);
    assert.ok(!page.includes('{{'), 'every place is filled');
    assert.match(page, /Nothing failed in this run/);
    assert.match(picture, /^<svg[\s\S]*Socket\.IO on Node, ws[\s\S]*<\/svg>\n$/);
});

test('a server that dies is reported, and the others are measured to the end', async () => {
    const { code, text, results, page, picture } = await bench({ BENCH_LOAD: fake, BENCH_ONLY: 'ack-1', FAKE_LOAD_KILLS: 'socketio_node' });
    assert.equal(code, 0, text);
    const [failed, measured] = ['node', 'holdfast'].map((key) => results.measurements.filter((one) => one.server === key));
    assert.ok(failed.length === 2 && failed.every((one) => /signal SIGKILL/.test(one.failed)), JSON.stringify(failed));
    assert.ok(measured.length === 2 && measured.every((one) => one.metrics));
    assert.match(page, /\| Socket\.IO on Node, ws \| – \| failed: .*SIGKILL/);
    assert.match(page, /- node, ack-1: .*SIGKILL.* \(2 times\)/);
    assert.match(picture, />failed</);
});

test('with the real load generator, real servers get real figures', async () => {
    const { code, text, results, page } = await bench({
        BENCH_ONLY: 'ack,connect', BENCH_ROUNDS: '1', BENCH_SECONDS: '0.3', BENCH_WARMUP_SECONDS: '0.1', BENCH_SCALE: '0.05',
    });
    assert.equal(code, 0, text);
    assert.equal(results.measurements.length, 6);
    for (const { server, scenario, metrics, failed } of results.measurements) {
        assert.equal(failed, undefined, `${server}, ${scenario}`);
        assert.ok(metrics.operations > 0 && metrics.server_cpu_seconds > 0, `${server}, ${scenario}: ${JSON.stringify(metrics)}`);
    }
    assert.match(page, /Nothing failed in this run/);
});

test('seats are kept by Holdfast through a cut network, a restart and kill -9, and the page says who keeps what', async () => {
    const { code, text, results, page } = await bench({
        BENCH_ONLY: 'continuity,start', BENCH_ROUNDS: '1', BENCH_SCALE: '0.04', BENCH_SERVERS: 'holdfast,recovery',
    });
    assert.equal(code, 0, text);
    const kept = Object.fromEntries(results.continuity.map(({ server, disruption, seats, state }) => [`${server} ${disruption}`, [seats, state]]));
    for (const disruption of ['network', 'graceful', 'kill']) assert.deepEqual(kept[`holdfast ${disruption}`], [4, 4], text);
    assert.deepEqual(kept['recovery network'], [4, 4], text);
    assert.deepEqual(kept['recovery kill'], [0, 0], 'what is in memory goes with the process');
    assert.match(page, /\| Holdfast \| 4 of 4 seats, 4 with the state of play \|/);
    const [start] = results.measurements;
    assert.equal(start.metrics.teams, 4000);
    assert.match(page, /\| start with 4,000 teams on disk \| ready after /);
});

test('seats on disk, the storm and the lobby are measured at a server of their own, with figures for every goal of theirs', async () => {
    const { code, text, results, page } = await bench({
        BENCH_ONLY: 'seats,storm,lobby', BENCH_ROUNDS: '1', BENCH_SCALE: '0.02', BENCH_SECONDS: '0.2', BENCH_SERVERS: 'holdfast',
    });
    assert.equal(code, 0, text);
    const by = Object.fromEntries(results.measurements.map((one) => [one.scenario, one]));
    for (const key of ['seats', 'storm', 'lobby']) assert.equal(by[key].failed, undefined, `${key}: ${text}`);
    assert.equal(by.storm.metrics.kept, 200);
    for (const goal of ['seat operations on disk, a second', 'the storm: CPU us a resume', 'times the bytes sent']) {
        assert.match(page, new RegExp(`${goal} \\| [^|]* \\| [\\d.,]+ \\|`));
    }
});

test('a load generator that is not there fails every measurement, and the run says so', async () => {
    const { code, results } = await bench({ BENCH_LOAD: '/nonexistent/load', BENCH_ONLY: 'ack-1', BENCH_ROUNDS: '1' });
    assert.equal(code, 1);
    assert.ok(results.measurements.every((one) => one.failed));
});

test('what the environment asks and nobody knows is refused before anything starts', async () => {
    const { code, text, results } = await bench({ BENCH_ONLY: 'speed' });
    assert.equal(code, 2);
    assert.match(text, /"speed"/);
    assert.equal(results, null);
});
