// The goals, and how what was measured stands to them. Pure.
import { number, ratio, withSpread } from './format.mjs';
import { bestOf, ratioOf, summaryOf } from './statistics.mjs';

// `peer`: at least this many times the best peer; `limit`: at least this share of the bare server's; `least` and `most`
// bound the figure itself. `part` names a measurement that only Holdfast has; `show` is its unit.
export const goals = [
    { what: 'acked events, 100 clients, 1 in flight', scenario: 'ack-1', peer: 1.4, limit: 0.9, least: 150000 },
    { what: 'acked events, 8 in flight', scenario: 'ack-8', peer: 3, least: 700000 },
    { what: 'broadcast to 500, deliveries', scenario: 'broadcast', limit: 1, least: 200000 },
    { what: 'the same, 8 events in a burst', scenario: 'broadcast-burst', least: 1000000 },
    { what: 'connect, WebSocket and namespace, CPU us', scenario: 'connect', most: 45 },
    { what: 'an idle connection, resident bytes', scenario: 'idle', most: 1500 },
    { what: 'latency at half load, p99, us', scenario: 'latency', metric: 'latency_us.p99', most: 2000 },
    { what: 'latency at half load, p99.9, us', scenario: 'latency', metric: 'latency_us.p99_9', most: 10000 },
    { what: 'two threads against one, acked events a second', scenario: 'ack-8', metric: 'operations_per_second', server: 'holdfast-2', against: 'holdfast', times: 1.8 },
    { what: 'seat operations on disk, a second', scenario: 'seats', metric: 'operations_per_second', better: 'more', least: 30000, own: true },
    { what: 'seat operations on disk, p99, us', scenario: 'seats', metric: 'latency_us.p99', better: 'less', most: 50000, own: true },
    { what: 'the storm: 10,000 seats resumed after kill -9, seconds', scenario: 'storm', metric: 'seconds_to_last_resume', better: 'less', most: 2, own: true },
    { what: 'the storm: CPU us a resume', scenario: 'storm', metric: 'cpu_us_per_operation', better: 'less', most: 100, own: true },
    { what: 'start with 100,000 teams on disk, seconds', scenario: 'start', metric: 'ready_seconds', better: 'less', most: 1, own: true },
    { what: 'start with 100,000 teams on disk, MB resident', scenario: 'start', metric: 'resident_megabytes', better: 'less', most: 250, own: true },
    { what: '5,000 players joining within 30 s, p99 of a join, us', scenario: 'lobby', metric: 'latency_us.p99', better: 'less', most: 100000, own: true },
    { what: 'the same against half as many, times the bytes sent', scenario: 'lobby', metric: 'bytes_growth', better: 'less', most: 2.5, own: true },
    { what: 'the same against half as many, times the CPU', scenario: 'lobby', metric: 'cpu_growth', better: 'less', most: 2.5, own: true },
];

function targetInWords({ peer, limit, least, most, times, against }) {
    const parts = [];
    if (peer) parts.push(`${peer}x the best peer`);
    if (limit) parts.push(`${limit}x the limit`);
    if (times) parts.push(`${times}x`);
    if (least) parts.push(`${number(least)} or more`);
    if (most) parts.push(`${number(most)} or less`);
    return parts.join(', ');
}

// One goal against the measurements: figures, ratios and a verdict per part; a part without figures has none.
export function stand(goal, measurements, servers, scenarios) {
    const scenario = scenarios.find((one) => one.key === goal.scenario);
    const metric = goal.metric ?? scenario?.metric;
    const better = goal.better ?? scenario?.better ?? 'more';
    const mineKey = goal.server ?? 'holdfast';
    const mine = summaryOf(measurements, goal.scenario, mineKey, metric);
    const peers = servers.filter((server) => !server.own && !server.limit).map((server) => server.key);
    const compares = !goal.own && !goal.times;
    const best = compares ? bestOf(measurements, goal.scenario, metric, better, peers) : undefined;
    const bare = compares ? summaryOf(measurements, goal.scenario, 'limit', metric) : undefined;
    const against = (other) => ratioOf(measurements, goal.scenario, metric, better, mineKey, other);
    const toPeer = best && against(best.server);
    const toLimit = bare?.count > 0 ? against('limit') : undefined;
    const toOther = goal.times ? against(goal.against) : undefined;
    const checks = [];
    const check = (asked, found, holds) => {
        if (asked !== undefined) checks.push(found === undefined || !Number.isFinite(found) ? undefined : holds(found));
    };
    check(goal.peer, toPeer?.median, (found) => found >= goal.peer);
    check(goal.limit, toLimit?.median, (found) => found >= goal.limit);
    check(goal.times, toOther?.median, (found) => found >= goal.times);
    check(goal.least, mine.median, (found) => found >= goal.least);
    check(goal.most, mine.median, (found) => found <= goal.most);
    return { goal, target: targetInWords(goal), mine, best, bare, toPeer, toLimit, toOther, verdict: verdictOf(checks) };
}

export function verdictOf(checks) {
    const known = checks.filter((one) => one !== undefined);
    if (known.length === 0) return 'not measured';
    if (known.every(Boolean)) return known.length === checks.length ? 'met' : 'met, as far as measured';
    return known.some(Boolean) ? 'met in part' : 'not met';
}

export const goalHeader = ['goal', 'target', 'Holdfast', 'best peer', 'bare uWebSockets', 'to the peer', 'to the limit', ''];

export function goalRows(measurements, servers, scenarios) {
    const name = (key) => servers.find((server) => server.key === key)?.name ?? key;
    return goals.map((goal) => {
        const found = stand(goal, measurements, servers, scenarios);
        return [
            goal.what,
            found.target,
            found.toOther ? withSpread(found.toOther, ratio) : withSpread(found.mine),
            found.best ? `${withSpread(found.best)} (${name(found.best.server)})` : '–',
            withSpread(found.bare),
            withSpread(found.toPeer, ratio),
            withSpread(found.toLimit, ratio),
            found.verdict,
        ];
    });
}

export const figureHeader = ['', 'Holdfast is … times better', 'median', 'lowest', 'highest'];

// Every server in a scenario, with how many times better Holdfast is; what failed says why.
export function figureRows(measurements, servers, scenario) {
    const rows = [];
    for (const server of servers) {
        const taken = measurements.filter((one) => one.scenario === scenario.key && one.server === server.key);
        if (taken.length === 0) continue;
        const found = summaryOf(measurements, scenario.key, server.key, scenario.metric);
        const failed = taken.filter((one) => one.failed);
        if (found.count === 0) {
            rows.push([server.name, '–', `failed: ${failed[0]?.failed ?? 'no figure'}`, '–', '–']);
            continue;
        }
        const times = ratioOf(measurements, scenario.key, scenario.metric, scenario.better, 'holdfast', server.key);
        const note = failed.length > 0 ? ` (${failed.length} of ${taken.length} failed: ${failed[0].failed})` : '';
        rows.push([
            server.name,
            server.key === 'holdfast' ? '' : withSpread(times, ratio),
            number(found.median) + note,
            number(found.low),
            number(found.high),
        ]);
    }
    return rows;
}
