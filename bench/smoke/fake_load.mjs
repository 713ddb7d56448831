// Stands in for the load generator: prints what a measurement would be, at once, for whichever server is named.
//
// FAKE_LOAD is JSON: { "SERVER'S PROGRAM": factor }. FAKE_LOAD_KILLS names a part of a server's command: that one is killed.
import { readFileSync } from 'node:fs';

const argument = process.argv.slice(2);
const option = (name) => argument[argument.indexOf(name) + 1];
const pid = Number(option('--server-pid'));
const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ');
const factor = Object.entries(JSON.parse(process.env.FAKE_LOAD ?? '{}')).find(([part]) => command.includes(part))?.[1] ?? 1;
if (process.env.FAKE_LOAD_KILLS && command.includes(process.env.FAKE_LOAD_KILLS)) {
    process.kill(pid, 'SIGKILL');
    setTimeout(() => process.exit(1), 2000);
} else {
    console.log(
        JSON.stringify({
            scenario: argument[0],
            operations: 1000,
            operations_per_second: 1000 * factor,
            operations_per_cpu_second: 2000 * factor,
            cpu_us_per_operation: 500 / factor,
            latency_us: { p50: 100 / factor, p90: 200, p99: 400 / factor, p99_9: 900, max: 1000 },
            resident_bytes_per_connection: 3000 / factor,
            errors: {},
            error_total: 0,
        }),
    );
}
