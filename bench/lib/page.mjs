// The page docs/performance.md and its plot, made from a template and the results of one run. Pure.
import { figureHeader, figureRows, goalHeader, goalRows } from './goals.mjs';
import { markdownTable, number, textTable } from './format.mjs';
import { plot } from './plot.mjs';
import { summaryOf } from './statistics.mjs';
import { continuityHeader, continuityRows } from './continuity_table.mjs';

// Every {{name}} of the template from `values`; a name without a value, or a value without a place, is a mistake.
export function fill(template, values) {
    const used = new Set();
    const text = template.replace(/\{\{(\w+)\}\}/g, (_, name) => {
        if (values[name] === undefined) throw new Error(`the template asks for {{${name}}}, which a run does not give`);
        used.add(name);
        return values[name];
    });
    const unused = Object.keys(values).filter((name) => !used.has(name));
    if (unused.length > 0) throw new Error(`the template has no place for ${unused.join(', ')}`);
    return text;
}

const measuredScenarios = (results, scenarios) =>
    scenarios.filter((scenario) => results.measurements.some((one) => one.scenario === scenario.key));

const measuredServers = (results) =>
    results.servers.filter((server) => results.measurements.some((one) => one.server === server.key));

export function goalsTable(results, scenarios, table = markdownTable) {
    const { scale } = results.settings;
    const note = scale === 1 ? '' : `\n\nNumbers of connections and players were multiplied by ${scale} in this run; the goals are for 1.`;
    return table(goalHeader, goalRows(results.measurements, results.servers, scenarios)) + note;
}

function figures(results, scenarios) {
    return measuredScenarios(results, scenarios)
        .map((scenario) => {
            const rows = figureRows(results.measurements, results.servers, scenario);
            return `### ${scenario.title}\n\nIn ${scenario.unit}; ${scenario.better} is better.\n\n${markdownTable(figureHeader, rows)}`;
        })
        .join('\n\n');
}

function machine({ machine: { processor, cores, memory_bytes, kernel, system, node, load_before } }) {
    const load = load_before === undefined ? 'not recorded' : `a load average of ${load_before.toFixed(1)} as the run began`;
    return [
        `- processor: ${processor}, ${cores} ${cores === 1 ? 'core' : 'cores'} for this run`,
        `- memory: ${number(memory_bytes / 2 ** 30, 3)} GiB`,
        `- system: ${system}, Linux ${kernel}, Node ${node}`,
        `- other work on it: ${load}`,
    ].join('\n');
}

function serversList(results) {
    const measured = new Set(measuredServers(results).map((server) => server.key));
    return results.servers
        .map((server) => {
            const why = measured.has(server.key) ? server.versions : `not measured: ${server.missing ?? 'not asked for'}`;
            return `- ${server.name}: ${why}`;
        })
        .join('\n');
}

// What went wrong, in words; a run without it says so.
function failures(results) {
    const failed = new Map();
    for (const one of results.measurements) {
        if (!one.failed) continue;
        const line = `${one.server}, ${one.scenario}: ${one.failed}`;
        failed.set(line, (failed.get(line) ?? 0) + 1);
    }
    if (failed.size === 0) return 'Nothing failed in this run.';
    return [...failed].map(([line, count]) => `- ${line}${count > 1 ? ` (${count} times)` : ''}`).join('\n');
}

export function plotOf(results, scenarios) {
    const panels = measuredScenarios(results, scenarios).map((scenario) => ({
        title: scenario.title,
        note: `${scenario.unit}; ${scenario.better === 'more' ? 'longer' : 'shorter'} is better`,
        bars: results.servers
            .filter((server) => results.measurements.some((one) => one.scenario === scenario.key && one.server === server.key))
            .map((server) => {
                const found = summaryOf(results.measurements, scenario.key, server.key, scenario.metric);
                const kind = server.own ? 'own' : server.limit ? 'limit' : 'peer';
                return { name: server.name, kind, ...found, failed: found.count === 0 };
            }),
    }));
    const { rounds, seconds } = results.settings;
    return plot({
        heading: 'Holdfast and its peers, one core each',
        note: `medians of ${rounds} interleaved ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s; whiskers from the lowest to the highest`,
        panels,
    });
}

export function page(template, results, scenarios) {
    return fill(template, {
        made_on: results.made_on,
        goals: goalsTable(results, scenarios),
        figures: figures(results, scenarios),
        machine: machine(results),
        servers: serversList(results),
        failures: failures(results),
        continuity: results.continuity?.length
            ? markdownTable(continuityHeader, continuityRows(results.continuity))
            : 'This run did not ask for it.',
        own: ownFigures(results),
        keepers: keepersList(results),
        rounds: String(results.settings.rounds),
        seconds: String(results.settings.seconds),
        warmup: String(results.settings.warmup),
    });
}

// What only Holdfast has: a row for each, in the words of the round in the middle.
function ownFigures(results) {
    const keys = [...new Set(results.measurements.filter((one) => one.part).map((one) => one.scenario))];
    const rows = keys.map((key) => {
        const taken = results.measurements.filter((one) => one.part && one.scenario === key);
        const good = taken.filter((one) => !one.failed).sort((a, b) => a.main - b.main);
        if (good.length === 0) return [taken[0].title, `failed: ${taken[0].failed}`];
        const middle = good[(good.length - 1) >> 1];
        const failed = taken.length - good.length;
        return [middle.title, middle.in_words + (failed > 0 ? `; ${failed} of ${taken.length} rounds failed` : '')];
    });
    return rows.length > 0 ? markdownTable(['', 'measured'], rows) : 'This run did not ask for it.';
}

function keepersList(results) {
    const lines = (results.keepers ?? []).map(({ name, missing, versions }) => `- ${name}: ${missing ? `not measured: ${missing}` : versions}`);
    return lines.length > 0 ? lines.join('\n') : 'None in this run.';
}

export function terminalReport(results, scenarios) {
    const parts = measuredScenarios(results, scenarios).map(
        (scenario) =>
            `${scenario.title} (${scenario.unit}, ${scenario.better} is better)\n` +
            textTable(figureHeader, figureRows(results.measurements, results.servers, scenario)),
    );
    if (results.continuity?.length) parts.push(`What is kept\n${textTable(continuityHeader, continuityRows(results.continuity))}`);
    parts.push(`The goals\n${goalsTable(results, scenarios, textTable)}`);
    return parts.join('\n\n');
}
