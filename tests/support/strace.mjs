// Faults of a real process: strace makes its system calls fail, or kills it in the middle of one.
import { spawn } from 'node:child_process';
import { until } from './server.mjs';

/**
 * Attaches to the process; from then on `inject` (see strace(1)) holds, for instance
 * `fdatasync:error=EIO:when=3+`. Ends with release(), or with the process.
 */
export async function inject(pid, ...rules) {
    const words = rules.flatMap((rule) => ['-e', `inject=${rule}`]);
    const calls = rules.map((rule) => rule.split(':')[0]).join(',');
    const child = spawn('strace', ['-f', '-p', String(pid), '-e', `trace=${calls}`, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    let problem;
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', (error) => (problem = error));
    const exited = new Promise((done) => child.once('close', done));
    await until('strace to attach', () => {
        if (problem) throw problem;
        if (child.exitCode !== null) throw new Error(`strace cannot attach: ${output}`);
        return /attached/.test(output);
    });
    return {
        /** How many calls were made to fail so far. */
        injected: () => output.split('(INJECTED)').length - 1,
        calls: () => output,
        exited,
        async release() {
            child.kill('SIGINT');
            await exited;
        },
    };
}
