import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SettingsError, ownParts, settingsFrom } from './settings.mjs';

const servers = ['holdfast', 'node'];

test('without a word in the environment everything runs, and the page is published', () => {
    const settings = settingsFrom({}, servers);
    assert.equal(settings.only, undefined);
    assert.equal(settings.rounds, 5);
    assert.deepEqual(settings.parts, ownParts);
    assert.equal(settings.publish, true);
});

test('a quick look runs what it names and publishes nothing', () => {
    const settings = settingsFrom({ BENCH_ONLY: 'ack, connect,seats', BENCH_ROUNDS: '1' }, servers);
    assert.deepEqual(settings.only, ['ack-1', 'ack-8', 'connect']);
    assert.deepEqual(settings.parts, ['seats']);
    assert.equal(settings.publish, false);
});

test('fewer rounds, fewer servers, smaller numbers or a folder of its own publish nothing', () => {
    for (const environment of [{ BENCH_ROUNDS: '2' }, { BENCH_SERVERS: 'node' }, { BENCH_SCALE: '0.5' }, { BENCH_OUT: '/tmp/x' }]) {
        assert.equal(settingsFrom(environment, servers).publish, false, JSON.stringify(environment));
    }
});

test('what is not known or no number is refused in words that name it', () => {
    assert.throws(() => settingsFrom({ BENCH_ONLY: 'ack,speed' }, servers), (error) => error instanceof SettingsError && /"speed"/.test(error.message));
    assert.throws(() => settingsFrom({ BENCH_SERVERS: 'apache' }, servers), /"apache".*holdfast, node/);
    assert.throws(() => settingsFrom({ BENCH_ROUNDS: 'many' }, servers), /BENCH_ROUNDS/);
    assert.throws(() => settingsFrom({ BENCH_SECONDS: '-1' }, servers), /above 0/);
});
