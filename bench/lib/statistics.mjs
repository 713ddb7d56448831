// Medians, spreads and ratios of measurements that were taken in rounds. Pure.

export function median(values) {
    if (values.length === 0) return NaN;
    const sorted = [...values].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// `spread` is half the distance from the lowest to the highest, as a share of the median: 0.05 reads as "plus or minus 5 %".
export function summary(values) {
    const middle = median(values);
    const low = values.length === 0 ? NaN : Math.min(...values);
    const high = values.length === 0 ? NaN : Math.max(...values);
    const spread = middle === 0 ? 0 : (high - low) / 2 / Math.abs(middle);
    return { median: middle, low, high, spread, count: values.length };
}

// The value of a metric by its path, for example `latency_us.p99`; undefined where a measurement has no such number.
export function metricOf(metrics, path) {
    let value = metrics;
    for (const step of path.split('.')) value = value?.[step];
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

// Round by round, what one server measured: Map of round to value. Failed measurements are not in it.
export function valuesByRound(measurements, scenario, server, metric) {
    const values = new Map();
    for (const measurement of measurements) {
        if (measurement.scenario !== scenario || measurement.server !== server || measurement.failed) continue;
        const value = metricOf(measurement.metrics, metric);
        if (value !== undefined) values.set(measurement.round, value);
    }
    return values;
}

export function summaryOf(measurements, scenario, server, metric) {
    return summary([...valuesByRound(measurements, scenario, server, metric).values()]);
}

// How many times better `server` is than `other`, from pairs measured in the same round: what the machine did to one of a
// pair it did to the other. Above 1 is better, also where less of the metric is better.
export function ratioOf(measurements, scenario, metric, better, server, other) {
    const mine = valuesByRound(measurements, scenario, server, metric);
    const theirs = valuesByRound(measurements, scenario, other, metric);
    const ratios = [];
    for (const [round, value] of mine) {
        const against = theirs.get(round);
        if (against === undefined) continue;
        const ratio = better === 'more' ? value / against : against / value;
        if (Number.isFinite(ratio)) ratios.push(ratio);
    }
    return summary(ratios);
}

// The best of these servers by its median, or undefined when none has a value.
export function bestOf(measurements, scenario, metric, better, servers) {
    let best;
    for (const server of servers) {
        const found = summaryOf(measurements, scenario, server, metric);
        if (found.count === 0) continue;
        const isBetter = best === undefined || (better === 'more' ? found.median > best.median : found.median < best.median);
        if (isBetter) best = { server, ...found };
    }
    return best;
}
