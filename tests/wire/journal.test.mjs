// What seats went through: told on the command line beside the running server, after kill -9 and after a clean stop, and to
// hosts over HTTP. Strangers get nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { newDevice, Player, seat, seatedTeam } from '../support/player.mjs';
import { HoldfastServer, hostKey, program, until } from '../support/server.mjs';

const server = new HoldfastServer();
let cookie;
before(async () => {
    await server.start();
    const login = await fetch(`${server.url}/api/host/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ key: hostKey }),
    });
    cookie = login.headers.get('set-cookie').split(';')[0];
});
after(() => server.dispose());

/** {status, output, complaint} of `holdfast …` on the server's file. */
function holdfast(...words) {
    const run = spawnSync(program, [...words, '--store', `sqlite:${server.database}`], {
        encoding: 'utf8',
        env: { ...process.env, TZ: 'UTC' },
    });
    return { status: run.status, output: run.stdout, complaint: run.stderr };
}
const ask = (path, headers = { cookie }) => fetch(`${server.url}${path}`, { headers });

/** Seat 2 of the team loses its connection without a word and comes back with its token. */
async function dropAndReturn(team) {
    const { first, second } = await seatedTeam(server.url, team);
    second.drop();
    await until('the drop to be written', () => holdfast('why', team, '2').output.includes('Away because'));
    const again = await Player.connect(server.url, { device: newDevice() });
    assert.equal((await again.request('reconnect_with_token', { token: second.token })).ok, true);
    return { first, second, again };
}

test('why tells a life in words while the server runs', async () => {
    const { first, again } = await dropAndReturn('Blue Whales');
    const told = holdfast('why', 'blue WHALES', '2');
    assert.equal(told.status, 0, told.complaint);
    const lines = told.output.trim().split('\n');
    assert.match(lines[0], /^Blue Whales \(team #\d+\)$/);
    assert.equal(lines[2], 'Seat 2. Taken, and its player is connected.');
    assert.match(lines[3], /^ {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}Sat down by joining the team\.$/);
    assert.match(lines[4], /Away because (the phone lost the connection|the connection was closed, as by leaving or reloading the page)\.$/);
    assert.match(lines[5], /Came back with the token, after (less than a second|\d+ s) away\.$/);
    assert.equal(lines.length, 6);
    const parsed = JSON.parse(holdfast('why', 'Blue Whales', '--format', 'json').output);
    assert.deepEqual(parsed.seats.map((one) => one.state), ['connected', 'connected']);
    for (const player of [first, again]) player.close();
});

test('why says which team may be meant, and its exit code tells', () => {
    const told = holdfast('why', 'Blue Wales');
    assert.equal(told.status, 3);
    assert.equal(told.output, '');
    assert.equal(told.complaint.trim(), "There is no team 'Blue Wales'. Did you mean 'Blue Whales'?");
    assert.equal(holdfast('why', 'Blue Whales', '3').status, 3);
    assert.equal(holdfast('why').status, 2);
    assert.match(holdfast('why').complaint, /holdfast why --help/);
    assert.equal(spawnSync(program, ['why', 'Owls', '--store', 'sqlite:/nonexistent/x.db']).status, 1);
    assert.equal(holdfast('report', '--since', 'tea time').status, 2);
});

test('report gives the patterns of the session', async () => {
    const told = holdfast('report');
    assert.equal(told.status, 0, told.complaint);
    assert.match(told.output, /^Connections lost: [1-9]/m);
    assert.match(told.output, /^Worst five minutes: from /m);
    const figures = JSON.parse(holdfast('report', '--format', 'json').output);
    assert.ok(figures.drops >= 1 && figures.returns >= 1);
    assert.equal(
        Object.values(figures.drops_by_cause).reduce((sum, one) => sum + one, 0),
        figures.drops,
    );
    assert.match(holdfast('report', '--format', 'csv').output, /^section,item,figure,value\r\n/);
});

test('strangers get nothing, not even what could be asked', async () => {
    for (const path of ['/api/host/journal?team=1', '/api/host/journal', '/api/host/report', '/api/host/report?format=xml']) {
        for (const headers of [{}, { cookie: newDevice() }, { cookie: `${cookie}x` }, { cookie: 'hf_host=' }]) {
            const answer = await ask(path, headers);
            assert.equal(answer.status, 401, path);
            assert.equal((await answer.json()).code, 'not_host');
        }
    }
    const post = await fetch(`${server.url}/api/host/report`, { method: 'POST', headers: { cookie } });
    assert.equal(post.status, 405);
    assert.equal((await ask('/api/host/report?format=xml')).status, 400);
    assert.equal((await ask('/api/host/journal?team=999')).status, 404);
});

test('a host reads lives and the report over HTTP', async () => {
    const { first, second, again } = await dropAndReturn('Red Whales');
    const id = first.seated.team_id;
    const answer = await ask(`/api/host/journal?team=${id}&slot=2`);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const life = await answer.json();
    assert.equal(life.team.team_name, 'Red Whales');
    assert.match(life.seats[0].journal.at(-1).sentence, /^Came back with the token, after /);
    const report = await (await ask('/api/host/report?minutes=60')).json();
    assert.ok(report.drops >= 1 && report.points.length > 1);
    assert.ok(report.troubled_teams.some((team) => team.team_name === 'Red Whales'));
    // No secret of any kind is in what hosts download.
    const all = await (await ask('/api/host/journal')).text();
    for (const secret of [second.token, again.device?.split('=')[1] ?? 'hf_device', hostKey, cookie.split('=')[1]]) {
        assert.ok(!all.includes(secret));
    }
    for (const player of [first, again]) player.close();
});

test('a download is a file, and no cell of it begins a formula', async () => {
    const bold = await seat(server.url, 'create_team', '=HYPERLINK("http://evil","click")');
    const answer = await ask('/api/host/journal?format=csv');
    assert.equal(answer.headers.get('content-disposition'), 'attachment; filename="holdfast-journal.csv"');
    assert.match(answer.headers.get('content-type'), /^text\/csv/);
    const text = await answer.text();
    assert.ok(text.includes(`,"'=HYPERLINK(""http://evil"",""click"")",1,joined,create_team,`), text);
    assert.ok(!/(^|,)"?[=+@]/m.test(text));
    bold.close();
});

test('every change of a seat is counted by its words', async () => {
    assert.ok((await server.metric('holdfast_seat_changes_total', '{what="joined",reason="join_team"}')) >= 2);
    assert.ok((await server.metric('holdfast_seat_changes_total', '{what="away"}')) >= 2);
    assert.ok((await server.metric('holdfast_seat_changes_total', '{what="resumed",reason="token"}')) >= 2);
});

test('why works after kill -9 and leaves the files as they are; the next server finds every seat', async () => {
    const { first, second } = await seatedTeam(server.url, 'Survivors');
    await server.kill();
    const files = () =>
        Object.fromEntries(readdirSync(server.folder).map((name) => [name, readFileSync(join(server.folder, name)).toString('base64')]));
    const before = files();
    assert.ok(before['holdfast.db-wal'].length > 0, 'there is a log that nobody has carried over');
    const told = holdfast('why', 'Survivors', '2');
    assert.equal(told.status, 0, told.complaint);
    assert.match(told.output, /Sat down by joining the team\./);
    assert.equal(holdfast('report').status, 0);
    assert.deepEqual(files(), before);
    await server.start();
    const back = await Player.connect(server.url, { device: newDevice() });
    assert.equal((await back.request('reconnect_with_token', { token: second.token })).ok, true);
    assert.match(holdfast('why', 'Survivors', '2').output, /Away because the server was started again\.\n.*Came back with the token/);
    for (const player of [first, second, back]) player.close();
});

test('why works after a clean stop and leaves nothing behind', async () => {
    assert.equal(await server.stop(), 0);
    const before = readdirSync(server.folder).sort();
    const told = holdfast('why', 'Survivors');
    assert.equal(told.status, 0, told.complaint);
    assert.match(told.output, /Came back with the token/);
    assert.deepEqual(readdirSync(server.folder).sort(), before);
});
