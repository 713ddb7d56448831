// What the environment asks of a run. Pure but for the environment that is handed in.
import { scenarios } from './scenarios.mjs';

export class SettingsError extends Error {}

function positive(environment, name, fallback) {
    const text = environment[name];
    if (text === undefined || text === '') return fallback;
    const value = Number(text);
    if (!Number.isFinite(value) || value <= 0) throw new SettingsError(`${name} is "${text}"; it takes a number above 0.`);
    return value;
}

function list(environment, name, known) {
    const text = environment[name];
    if (text === undefined || text.trim() === '') return undefined;
    const names = text.split(',').map((part) => part.trim()).filter((part) => part !== '');
    for (const one of names) {
        if (!known.includes(one)) throw new SettingsError(`${name} names "${one}"; it takes ${known.join(', ')}.`);
    }
    return names;
}

// What is measured besides the scenarios, and about how many seconds each takes.
const partSeconds = { seats: 25, storm: 40, lobby: 55, start: 30, continuity: 75 };
export const ownParts = Object.keys(partSeconds);
export const secondsOf = (parts) => parts.reduce((sum, part) => sum + partSeconds[part], 0);

// A word for several: BENCH_ONLY=ack is ack-1 and ack-8.
const families = { ack: ['ack-1', 'ack-8'], broadcasts: ['broadcast', 'broadcast-burst'] };

export function settingsFrom(environment, serverKeys) {
    const keys = scenarios.map((scenario) => scenario.key);
    const named = list(environment, 'BENCH_ONLY', [...keys, ...ownParts, ...Object.keys(families)]);
    const only = named && [...new Set(named.flatMap((name) => families[name] ?? [name]))];
    const rounds = Math.round(positive(environment, 'BENCH_ROUNDS', 5));
    const scale = positive(environment, 'BENCH_SCALE', 1);
    return {
        rounds,
        idleRounds: Math.min(rounds, 2),
        only: only?.filter((name) => keys.includes(name)),
        parts: only ? ownParts.filter((part) => only.includes(part)) : ownParts,
        servers: list(environment, 'BENCH_SERVERS', serverKeys),
        seconds: positive(environment, 'BENCH_SECONDS', 1.2),
        warmup: positive(environment, 'BENCH_WARMUP_SECONDS', 0.3),
        // Numbers of connections and players are multiplied by this: less for a small machine or a test.
        scale,
        out: environment.BENCH_OUT || 'build/bench',
        // Only a run of everything is worth a page in the documentation.
        publish: !named && !environment.BENCH_SERVERS && rounds >= 3 && scale === 1 && !environment.BENCH_OUT,
    };
}
