// 200 random scripts of create, join, leave, drop, resume, answer and kill -9 against one real server. After each script the
// disk, the memory (what the host is shown) and what the clients were told agree. HOLDFAST_SEED repeats a run,
// HOLDFAST_SCRIPTS sets the number of scripts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readDatabase } from '../support/database.mjs';
import { Player, newDevice } from '../support/player.mjs';
import { generator } from '../support/random.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

const seed = Number(process.env.HOLDFAST_SEED ?? 20_240_601);
const scripts = Number(process.env.HOLDFAST_SCRIPTS ?? 200);
const steps = 14;

let server;
before(async () => {
    server = new HoldfastServer();
    await server.start();
    const host = await Player.host(server.url);
    await host.request('start_game');
    host.close();
});
after(() => server?.dispose());

/** Somebody with one device. `seat` is what the server has told: {team, slot} or undefined. */
class Person {
    constructor(name) {
        this.name = name;
        this.device = newDevice();
        this.seat = undefined;
        this.token = undefined;
        this.player = undefined;
        this.confirmed = new Map(); // round id -> answer
        this.tried = new Map(); // round id -> answer: sent, and no word of it came back
    }

    get online() {
        return this.player !== undefined;
    }

    async connect() {
        const transports = this.name.charCodeAt(this.name.length - 1) % 2 ? ['websocket'] : undefined;
        this.player = await Player.connect(server.url, { device: this.device, transports });
    }

    /** Takes over what the server has told: only then is it so for the client. */
    async command(event, data = {}) {
        const answer = await this.player.request(event, data);
        if (!answer.ok) return answer;
        if (answer.player_slot) {
            this.seat = { team: answer.team_name, slot: answer.player_slot };
            this.token = (await this.player.next('reconnection_token')).token;
        } else if (event === 'leave_team') {
            this.seat = undefined;
            this.token = undefined;
        }
        return answer;
    }

    /** The running round as this client was told, or undefined. */
    question() {
        const told = this.player.told;
        for (let index = told.length - 1; index >= 0; index -= 1) {
            if (told[index].event === 'new_question') return told[index].data;
            if (told[index].event === 'left_team_success') return undefined;
        }
        return undefined;
    }

    drop() {
        this.player.drop();
        this.player.close();
        this.player = undefined;
    }
}

async function play(number) {
    const draw = generator(seed + number);
    const teams = [`Script ${number} red`, `Script ${number} blue`];
    const people = Array.from({ length: 4 }, (_, index) => new Person(`person ${index}`));
    const history = [];

    async function killAndRestart() {
        // Some commands are on their way when the process dies: their senders do not know what became of them.
        const doubtful = new Set();
        for (const person of people) {
            if (!person.online || draw(2) === 0) continue;
            doubtful.add(person);
            const question = person.seat && person.question();
            if (question && draw(2) === 0) {
                const answer = draw(2) === 0;
                person.tried.set(question.round_id, answer);
                person.player.emit('submit_answer', { round_id: question.round_id, item: question.item, answer });
            } else if (person.seat) {
                person.player.emit('leave_team', {});
            } else {
                person.player.emit(draw(2) === 0 ? 'create_team' : 'join_team', { team_name: teams[draw(2)] });
            }
        }
        // Let a random number of turns go by, so that the kill comes before, between and after them.
        for (let turn = draw(6); turn > 0; turn -= 1) await new Promise((next) => setImmediate(next));
        await server.kill();
        for (const person of people) {
            person.player?.close();
            person.player = undefined;
        }
        await server.start();
        // Each asks which seat is its own. Whoever had nothing on its way must find exactly what it was told.
        for (const person of people) {
            await person.connect();
            const { teams: rows } = await person.player.request('get_reconnectable_teams');
            const own = rows.filter((row) => 'reconnection_token' in row);
            assert.ok(own.length <= 1, `${person.name} holds one seat at most`);
            const found = own[0] && { team: own[0].team_name, slot: own[0].player_slot };
            if (!doubtful.has(person)) assert.deepEqual(found, person.seat, `${person.name} after kill -9`);
            person.seat = found;
            person.token = own[0]?.reconnection_token;
        }
        // Those who are seated are away now; some come back at once, the others stay disconnected for a while.
        for (const person of people) {
            if (!person.seat) continue;
            if (draw(3) > 0) {
                const answer = await person.command('reconnect_with_token', { token: person.token });
                assert.equal(answer.ok, true, JSON.stringify(answer));
            } else {
                person.drop();
            }
        }
    }

    for (let step = 0; step < steps; step += 1) {
        const person = people[draw(people.length)];
        const choice = draw(20);
        if (choice === 0) {
            history.push('kill -9');
            await killAndRestart();
        } else if (!person.online) {
            await person.connect();
            history.push(`${person.name} connects`);
            if (person.seat) {
                const seat = person.seat;
                const way = draw(2) === 0 ? 'reconnect_with_token' : 'join_team';
                // The server may learn of the lost connection only now; a token works at once, the device rule then.
                const ask = () => person.command(way, { token: person.token, team_name: seat.team });
                let answer = await ask();
                if (way === 'join_team' && !answer.ok) {
                    answer = await until('the seat to be free for its device', async () => {
                        const again = await ask();
                        return again.ok && again;
                    });
                }
                history.push(`${person.name} ${way} -> ${answer.ok ? 'resumed' : answer.code}`);
                assert.equal(answer.ok, true, JSON.stringify(answer));
                assert.deepEqual(person.seat, seat, 'a resume leads to the same seat');
            }
        } else if (!person.seat) {
            const event = ['create_team', 'join_team', 'reactivate_team'][draw(3)];
            const answer = await person.command(event, { team_name: teams[draw(2)] });
            history.push(`${person.name} ${event} -> ${answer.ok ? 'ok' : answer.code}`);
        } else if (choice < 4) {
            const answer = await person.command('leave_team');
            assert.equal(answer.ok, true);
            history.push(`${person.name} leaves`);
        } else if (choice < 9) {
            person.drop();
            history.push(`${person.name} drops`);
        } else {
            const question = person.question();
            if (!question) continue;
            const value = draw(2) === 0;
            const answer = await person.command('submit_answer', {
                round_id: question.round_id,
                item: question.item,
                answer: value,
            });
            history.push(`${person.name} answers ${question.round_id} -> ${answer.ok ? 'ok' : answer.code}`);
            if (answer.ok) person.confirmed.set(question.round_id, value);
        }
    }
    await agree(teams, people).catch((error) => {
        error.message += `\nseed ${seed}, script ${number}:\n${history.join('\n')}`;
        throw error;
    });
    for (const person of people) {
        if (person.online && person.seat) await person.command('leave_team');
        person.player?.close();
    }
}

/** The disk, the memory and what the people were told say the same. */
async function agree(teams, people) {
    const told = {};
    for (const person of people) {
        if (!person.seat) continue;
        const key = `${person.seat.team}/${person.seat.slot}`;
        assert.ok(!(key in told), `two people were told that they have ${key}`);
        told[key] = person.online ? 'connected' : 'away';
    }
    const host = await Player.host(server.url);
    try {
        const board = await until('memory to say what the clients were told', async () => {
            const rows = (await host.request('dashboard_join')).teams.filter((row) => teams.includes(row.team_name));
            const seen = Object.fromEntries(
                rows.flatMap((row) =>
                    row.seats
                        .filter((seat) => seat.state !== 'vacant')
                        .map((seat) => [`${row.team_name}/${seat.player_slot}`, seat.state]),
                ),
            );
            assert.deepEqual(seen, told);
            return rows;
        });
        const disk = readDatabase(server.database);
        const rows = disk.teams.filter((row) => teams.includes(row.name));
        assert.deepEqual(
            Object.fromEntries(
                rows.flatMap((row) =>
                    row.seats.map((seat, index) => [`${row.name}/${index + 1}`, seat.state]).filter(([, state]) => state !== 'vacant'),
                ),
            ),
            told,
            'the disk says what the clients were told',
        );
        assert.deepEqual(
            rows.map((row) => [row.name, row.active]).sort(),
            board.map((row) => [row.team_name, row.is_active]).sort(),
        );
        for (const person of people) {
            for (const [round, answer] of person.confirmed) {
                const kept = disk.answers.filter((row) => row.round === round && row.answer === answer);
                assert.ok(kept.length >= 1, `the answer of ${person.name} to round ${round} was acknowledged and is kept`);
            }
        }
        const rounds = disk.answers.map((row) => `${row.round}/${row.slot}`);
        assert.equal(new Set(rounds).size, rounds.length, 'one answer a seat and round');
        const known = people.flatMap((person) => [...person.confirmed.keys(), ...person.tried.keys()]);
        const ids = new Set(rows.map((row) => row.id));
        for (const row of disk.answers.filter((answer) => ids.has(answer.team))) {
            assert.ok(known.includes(row.round), `nobody has sent the answer to round ${row.round} that is on disk`);
        }
    } finally {
        host.close();
    }
}

test(`${scripts} random scripts from seed ${seed} leave disk, memory and clients in agreement`, async (context) => {
    for (let number = 0; number < scripts; number += 1) {
        await play(number);
        if ((number + 1) % 20 === 0) context.diagnostic(`${number + 1} of ${scripts} scripts`);
    }
    assert.equal(readDatabase(server.database).integrity, 'ok');
});
