// One run of the load generator: its arguments in, what it measured out.
import { isRunning, start, stop } from './processes.mjs';
import { setTimeout as pause } from 'node:timers/promises';

export class LoadError extends Error {}

// What the load generator printed with --json; an Error tells in words what is wrong with it.
export function readLoad(text) {
    let metrics;
    try {
        metrics = JSON.parse(text);
    } catch {
        throw new LoadError(`the load generator printed no JSON but "${text.trim().slice(0, 120)}"`);
    }
    if (typeof metrics !== 'object' || metrics === null) throw new LoadError('the load generator printed no measurement');
    if (metrics.error_total > 0) throw new LoadError(errorsInWords(metrics));
    return metrics;
}

function errorsInWords(metrics) {
    const kinds = Object.entries(metrics.errors ?? {}).filter(([, count]) => count > 0);
    return `${metrics.error_total} errors: ${kinds.map(([kind, count]) => `${kind} ${count}`).join(', ')}`;
}

export async function runLoad({ program, argument, cores, log, seconds, server, environment }) {
    const child = start([...program, ...argument, '--json'], { cores, log, output: 'pipe', environment });
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (part) => {
        text += part;
    });
    const closed = new Promise((resolve) => child.stdout?.on('close', resolve) ?? resolve());
    const gone = server ? server.ended.then(() => 'gone') : new Promise(() => {});
    const first = await Promise.race([child.ended, gone, pause(seconds * 1000, 'late', { ref: false })]);
    if (first === 'gone') {
        await stop(child, { signal: 'SIGKILL' });
        throw new LoadError(`the server ended in the middle (${endInWords(await server.ended)})`);
    }
    if (first === 'late') {
        await stop(child, { signal: 'SIGKILL' });
        throw new LoadError(`the load generator was not done after ${Math.round(seconds)} seconds`);
    }
    await closed;
    if (server && !isRunning(server)) throw new LoadError(`the server ended (${endInWords(await server.ended)})`);
    if (first.error) throw new LoadError(`the load generator did not start: ${first.error}`);
    // With errors it still prints what they were.
    if (first.code !== 0 && text.trim() === '') {
        throw new LoadError(`the load generator ended with ${endInWords(first)}; see ${log}`);
    }
    return readLoad(text);
}

export function endInWords({ code, signal, error }) {
    if (error) return error;
    return signal ? `signal ${signal}` : `code ${code}`;
}
