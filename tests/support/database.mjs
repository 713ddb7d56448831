// Reads the server's database file as it is on disk, beside the running server, read-only.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = join(dirname(fileURLToPath(import.meta.url)), 'read_database.py');

/** {teams: [{name, active, round, seats: [{state, rotation, epoch, device}]}], answers: [...], journal: [{team, slot, what, reason}], integrity} */
export function readDatabase(path) {
    return JSON.parse(execFileSync('/usr/bin/python3', [script, path], { maxBuffer: 64 * 1024 * 1024 }).toString());
}

/** The same, read from a copy: what a killed server left is not touched, and the file may lie where SQLite does not find it. */
export function readCopyOfDatabase(path) {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-copy-'));
    try {
        for (const suffix of ['', '-wal']) {
            if (existsSync(`${path}${suffix}`)) copyFileSync(`${path}${suffix}`, join(folder, `holdfast.db${suffix}`));
        }
        return readDatabase(join(folder, 'holdfast.db'));
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}
