// Who is measured when. Pure: the same settings give the same plan.
//
// Servers take turns within a scenario, and each round begins with another server, so that what the machine does meanwhile
// (another program, a warmer core) meets all of them alike and a ratio compares neighbours in time.
import { scenarios } from './scenarios.mjs';

export function rotated(list, by) {
    if (list.length === 0) return [];
    const start = ((by % list.length) + list.length) % list.length;
    return [...list.slice(start), ...list.slice(0, start)];
}

// `servers`: [{ key, skips: [scenario keys] }]; `only`: scenario keys, or undefined for all.
// Answers steps: [{ round, scenario, server, when }]; rounds count from 1. What another scenario needs is put before it.
export function makePlan({ servers, rounds, idleRounds, only, all = scenarios }) {
    const wanted = new Set(only ?? all.map((scenario) => scenario.key));
    for (const scenario of all) if (wanted.has(scenario.key) && scenario.needs) wanted.add(scenario.needs.scenario);
    const chosen = all.filter((scenario) => wanted.has(scenario.key));
    const steps = [];
    for (let round = 1; round <= rounds; round += 1) {
        for (const scenario of chosen) {
            if (scenario.when === 'alone' && round > idleRounds) continue;
            for (const server of rotated(servers, round - 1)) {
                if (server.skips?.includes(scenario.key)) continue;
                steps.push({ round, scenario: scenario.key, server: server.key, when: scenario.when });
            }
        }
    }
    return steps;
}

// About how long a plan takes, in seconds: to tell people before they wait.
export function estimateSeconds(steps, { seconds, warmup }) {
    const rounds = new Set(steps.filter((step) => step.when === 'round').map((step) => step.round)).size;
    const timed = steps.filter((step) => step.when === 'round').length;
    const heats = new Set(steps.filter((step) => step.when === 'round').map((step) => `${step.round} ${step.server}`)).size;
    const alone = steps.length - timed;
    return rounds * 2 + heats * 2.5 + timed * (seconds + warmup + 0.4) + alone * 8;
}
