import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimateSeconds, makePlan, rotated } from './plan.mjs';
import { scenarios } from './scenarios.mjs';

const servers = [{ key: 'a' }, { key: 'b' }, { key: 'c', skips: ['idle'] }];
const plan = (more) => makePlan({ servers, rounds: 3, idleRounds: 1, ...more });
const orderOf = (steps, round, scenario) =>
    steps.filter((step) => step.round === round && step.scenario === scenario).map((step) => step.server);

test('in every round every server is measured in every scenario, once', () => {
    const steps = plan();
    for (const scenario of scenarios.filter((one) => one.when === 'round')) {
        for (const round of [1, 2, 3]) assert.deepEqual(orderOf(steps, round, scenario.key).sort(), ['a', 'b', 'c']);
    }
});

test('servers take turns within a scenario, and each round begins with another', () => {
    const steps = plan({ only: ['ack-1'] });
    assert.deepEqual([1, 2, 3].map((round) => orderOf(steps, round, 'ack-1')), [['a', 'b', 'c'], ['b', 'c', 'a'], ['c', 'a', 'b']]);
});

test('what takes a server of its own is done in fewer rounds, and not by a server that skips it', () => {
    const steps = plan();
    assert.deepEqual(orderOf(steps, 1, 'idle'), ['a', 'b']);
    assert.deepEqual(orderOf(steps, 2, 'idle'), []);
});

test('a scenario brings the one it builds on, and after it', () => {
    const steps = plan({ only: ['latency'], rounds: 1 });
    assert.deepEqual([...new Set(steps.map((step) => step.scenario))], ['ack-8', 'latency']);
});

test('a plan of nothing is empty, and takes no time', () => {
    assert.deepEqual(plan({ only: [] }), []);
    assert.equal(estimateSeconds([], { seconds: 1, warmup: 1 }), 0);
    assert.deepEqual(rotated([], 3), []);
});

test('the whole of it takes under ten minutes, without what only Holdfast has', () => {
    const seven = ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => ({ key }));
    const minutes = estimateSeconds(makePlan({ servers: seven, rounds: 5, idleRounds: 2 }), { seconds: 1.2, warmup: 0.3 }) / 60;
    assert.ok(minutes > 5 && minutes < 10, `${minutes} minutes`);
});
