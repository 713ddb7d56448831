// Reads the server's database file as it is on disk, beside the running server, read-only.
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = join(dirname(fileURLToPath(import.meta.url)), 'read_database.py');

/** {teams: [{name, active, round, seats: [{state, rotation, epoch, device}]}], answers: [...], journal: [{team, slot, what, reason}], integrity} */
export function readDatabase(path) {
    return JSON.parse(execFileSync('/usr/bin/python3', [script, path], { maxBuffer: 64 * 1024 * 1024 }).toString());
}
