import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bestOf, median, metricOf, ratioOf, summary, valuesByRound } from './statistics.mjs';

const taken = (round, server, value) => ({ round, scenario: 'ack-1', server, metrics: { rate: value, latency_us: { p99: value * 2 } } });

test('a median is the middle one, or halfway between the two in the middle, in any order', () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.ok(Number.isNaN(median([])));
    const given = [3, 1, 2];
    median(given);
    assert.deepEqual(given, [3, 1, 2], 'what was given stays in its order');
});

test('a spread is half of lowest to highest, as a share of the median', () => {
    const { spread, low, high, count } = summary([90, 100, 130]);
    assert.equal(spread, 0.2);
    assert.deepEqual([low, high, count], [90, 130, 3]);
});

test('metrics are found by path, and what is no finite number is not there', () => {
    assert.equal(metricOf({ latency_us: { p99: 7 } }, 'latency_us.p99'), 7);
    assert.equal(metricOf({ latency_us: null }, 'latency_us.p99'), undefined);
    assert.equal(metricOf({ rate: 'fast' }, 'rate'), undefined);
    assert.equal(metricOf({ rate: NaN }, 'rate'), undefined);
});

test('failed measurements and other scenarios do not count', () => {
    const measurements = [
        taken(1, 'a', 10),
        { ...taken(2, 'a', 20), failed: 'the server ended' },
        { ...taken(3, 'a', 30), scenario: 'ack-8' },
    ];
    assert.deepEqual([...valuesByRound(measurements, 'ack-1', 'a', 'rate')], [[1, 10]]);
});

test('a ratio is taken within each round, so that a slow minute of the machine cancels out', () => {
    const measurements = [taken(1, 'a', 200), taken(1, 'b', 100), taken(2, 'a', 20), taken(2, 'b', 10), taken(3, 'a', 300)];
    const found = ratioOf(measurements, 'ack-1', 'rate', 'more', 'a', 'b');
    assert.deepEqual(found, { median: 2, low: 2, high: 2, spread: 0, count: 2 });
});

test('where less is better, a ratio above 1 still means better', () => {
    const measurements = [taken(1, 'a', 25), taken(1, 'b', 100)];
    assert.equal(ratioOf(measurements, 'ack-1', 'latency_us.p99', 'less', 'a', 'b').median, 4);
});

test('the best server is by its median, the way the scenario counts', () => {
    const measurements = [taken(1, 'a', 10), taken(2, 'a', 10), taken(1, 'b', 5), taken(2, 'b', 100), taken(3, 'b', 4)];
    assert.equal(bestOf(measurements, 'ack-1', 'rate', 'more', ['a', 'b', 'absent']).server, 'a');
    assert.equal(bestOf(measurements, 'ack-1', 'rate', 'less', ['a', 'b']).server, 'b');
    assert.equal(bestOf(measurements, 'ack-1', 'rate', 'more', ['absent']), undefined);
});
