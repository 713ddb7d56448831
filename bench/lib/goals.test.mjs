import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figureRows, goalRows, goals, stand, verdictOf } from './goals.mjs';
import { scenarioOf, scenarios } from './scenarios.mjs';

const servers = [
    { key: 'holdfast', name: 'Holdfast', own: true },
    { key: 'node', name: 'Node' },
    { key: 'bun', name: 'Bun' },
    { key: 'limit', name: 'bare', limit: true },
];
const taken = (server, value, scenario = 'ack-1', round = 1) => ({
    round, scenario, server, metrics: { operations_per_cpu_second: value, cpu_us_per_operation: value },
});
const acked = goals.find((goal) => goal.scenario === 'ack-1');

test('a goal is held against the best peer, the limit and its figure', () => {
    const found = stand(acked, [taken('holdfast', 160000), taken('node', 57000), taken('bun', 107000), taken('limit', 170000)], servers, scenarios);
    assert.equal(found.best.server, 'bun');
    assert.equal(found.verdict, 'met');
    assert.ok(Math.abs(found.toLimit.median - 160 / 170) < 1e-9);
});

test('a goal of several parts is met only when all are', () => {
    const verdict = (holdfast) =>
        stand(acked, [taken('holdfast', holdfast), taken('bun', 107000), taken('limit', 170000)], servers, scenarios).verdict;
    assert.equal(verdict(152000), 'met in part', 'below 0.9 of the limit');
    assert.equal(verdict(100000), 'not met');
});

test('what was not measured is neither met nor missed', () => {
    assert.equal(stand(acked, [taken('holdfast', 200000)], servers, scenarios).verdict, 'met, as far as measured');
    assert.equal(stand(acked, [], servers, scenarios).verdict, 'not measured');
    assert.equal(verdictOf([undefined, undefined]), 'not measured');
});

test('the bare server and our own are no peers', () => {
    const found = stand(acked, [taken('holdfast', 1), taken('limit', 9), taken('node', 2)], servers, scenarios);
    assert.equal(found.best.server, 'node');
});

test('where less is better, a goal is an upper bound', () => {
    const connect = goals.find((goal) => goal.scenario === 'connect');
    assert.equal(stand(connect, [taken('holdfast', 44, 'connect')], servers, scenarios).verdict, 'met');
    assert.equal(stand(connect, [taken('holdfast', 46, 'connect')], servers, scenarios).verdict, 'not met');
});

test('two threads are held against one by what they carry a second', () => {
    const threads = goals.find((goal) => goal.times);
    const carried = (server, value) => ({ round: 1, scenario: 'ack-8', server, metrics: { operations_per_second: value } });
    assert.equal(stand(threads, [carried('holdfast', 100), carried('holdfast-2', 185)], servers, scenarios).verdict, 'met');
    assert.equal(stand(threads, [carried('holdfast', 100), carried('holdfast-2', 170)], servers, scenarios).verdict, 'not met');
});

test('every goal has a row, in the order of the goals', () => {
    const rows = goalRows([taken('holdfast', 160000), taken('bun', 107000)], servers, scenarios);
    assert.deepEqual(rows.map((row) => row[0]), goals.map((goal) => goal.what));
    assert.match(rows[0][3], /107,000 \(Bun\)/);
    assert.equal(rows[0][5], '1.50');
});

test('a server that failed has a row that says why', () => {
    const rows = figureRows(
        [taken('holdfast', 10), { round: 1, scenario: 'ack-1', server: 'node', failed: 'the server ended in the middle (signal SIGKILL)' }],
        servers,
        scenarioOf('ack-1'),
    );
    assert.deepEqual(rows[1], ['Node', '–', 'failed: the server ended in the middle (signal SIGKILL)', '–', '–']);
    assert.equal(rows.length, 2, 'who was not asked has none');
});

test('a failure in one round of several stays visible beside the median', () => {
    const measurements = [taken('node', 10), { round: 2, scenario: 'ack-1', server: 'node', failed: '3 errors: timeout 3' }];
    assert.equal(figureRows(measurements, servers, scenarioOf('ack-1'))[0][2], '10 (1 of 2 failed: 3 errors: timeout 3)');
});
