// What is measured: the scenarios that every server runs, those that only Holdfast has, and the goals drawn from them. Pure.

// `unit` says what one number of `metric` is; `better` is which way it should go. `arguments` are the load generator's.
// `when`: 'round' is measured with all servers of the round running, 'alone' with a fresh server of its own.
export const scenarios = [
    {
        key: 'ack-1',
        title: 'Acked events, 100 clients, 1 in flight',
        says: 'ack 1 in flight',
        metric: 'operations_per_cpu_second',
        unit: 'events per CPU second',
        better: 'more',
        when: 'round',
        arguments: ({ seconds, warmup }) => ['ack', '--connections', 100, '--in-flight', 1, ...timed(seconds, warmup)],
    },
    {
        key: 'ack-8',
        title: 'Acked events, 100 clients, 8 in flight',
        says: 'ack 8 in flight',
        metric: 'operations_per_cpu_second',
        unit: 'events per CPU second',
        better: 'more',
        when: 'round',
        arguments: ({ seconds, warmup }) => ['ack', '--connections', 100, '--in-flight', 8, ...timed(seconds, warmup)],
    },
    {
        key: 'broadcast',
        title: 'Broadcast to 500 clients, one event at a time',
        says: 'broadcast to 500',
        metric: 'operations_per_cpu_second',
        unit: 'deliveries per CPU second',
        better: 'more',
        when: 'round',
        arguments: ({ seconds, warmup }) => ['broadcast', '--connections', 500, '--in-flight', 1, '--burst', 1, ...timed(seconds, warmup)],
    },
    {
        key: 'broadcast-burst',
        title: 'Broadcast to 500 clients, 8 events in a burst',
        says: 'broadcast to 500 in bursts of 8',
        metric: 'operations_per_cpu_second',
        unit: 'deliveries per CPU second',
        better: 'more',
        when: 'round',
        arguments: ({ seconds, warmup }) => ['broadcast', '--connections', 500, '--in-flight', 2, '--burst', 8, ...timed(seconds, warmup)],
    },
    {
        key: 'connect',
        title: 'Connect: TCP, WebSocket and namespace',
        says: 'connect',
        metric: 'cpu_us_per_operation',
        unit: 'CPU microseconds a connect',
        better: 'less',
        when: 'round',
        arguments: ({ connects, atOnce }) => ['connect', '--connections', connects, '--in-flight', atOnce],
    },
    {
        key: 'latency',
        title: 'Latency at half of its own load, 99th percentile',
        says: 'latency at half load',
        metric: 'latency_us.p99',
        unit: 'microseconds',
        better: 'less',
        when: 'round',
        // Half of what the same server carried shortly before, in the same round.
        needs: { scenario: 'ack-8', metric: 'operations_per_second' },
        arguments: ({ seconds, warmup, needed }) => [
            'latency', '--connections', 100, '--rate', Math.max(1, Math.round(needed / 2)), ...timed(seconds, warmup),
        ],
    },
    {
        key: 'idle',
        title: 'Memory of an idle connection',
        says: 'idle connections',
        metric: 'resident_bytes_per_connection',
        unit: 'bytes a connection',
        better: 'less',
        when: 'alone',
        arguments: ({ connections, atOnce }) => ['idle', '--connections', connections, '--in-flight', atOnce],
    },
];

function timed(seconds, warmup) {
    return ['--seconds', seconds, '--warmup-seconds', warmup];
}

export function scenarioOf(key) {
    return scenarios.find((scenario) => scenario.key === key);
}

export const idleConnections = 15000;
export const connectCount = 2000;
export const connectsAtOnce = 50;
