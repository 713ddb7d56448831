// Kills a real server again and again while people play, and looks at what the next one knows. See scripts/kill-cycles.
//
// In each cycle 24 people with stock clients create teams, join, answer, leave, lose the connection and come back. At a
// moment that the seed draws, the server gets a kill -9; sometimes its successor gets one while it starts. Then:
//   - the file is whole (integrity_check), and holds everything that anybody was told;
//   - what was asked and not answered is there wholly or not at all;
//   - everybody who was told of a seat comes back to it with the newest token that arrived.
import { readCopyOfDatabase } from '../support/database.mjs';
import { Player } from '../support/player.mjs';
import { generator } from '../support/random.mjs';
import { HoldfastServer } from '../support/server.mjs';
import { Person } from './person.mjs';

const peopleCount = 24;
const cyclesPerDatabase = 100; // then all begin anew with an empty file

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Fails when a client or the server takes for ever, which a slow machine does not. */
function inTime(what, promise, milliseconds = 60_000) {
    let timer;
    const late = new Promise((_, failed) => {
        timer = setTimeout(() => failed(new Error(`${what} took for ever`)), milliseconds);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

class World {
    constructor(draw, number) {
        this.draw = draw;
        this.server = new HoldfastServer({ options: ['--log-level', 'warning', '--events-per-second', '1000000'] });
        this.people = Array.from({ length: peopleCount }, (_, index) => new Person(`${number}.${index}`, draw, this));
        this.teams = new Set();
        this.figures = { kills: 0, killsAtStart: 0, acknowledged: 0, inDoubt: 0, happened: 0, resumed: 0, answers: 0 };
    }

    async start() {
        await this.server.start();
        const host = await Player.host(this.server.url);
        const answer = await host.request('start_game');
        if (!answer.ok) throw new Error(`the game does not start: ${JSON.stringify(answer)}`);
        host.close();
        await Promise.all(this.people.map((person) => person.connect()));
    }

    /** People play until the server is dead. */
    async playUntilKilled() {
        const { process: child } = this.server;
        let dead = false;
        child.exited.then(() => {
            dead = true;
        });
        const playing = this.people.map((person) => person.play(() => dead));
        const moment = this.draw(3);
        if (moment < 2) {
            await pause(20 + this.draw(400));
        } else {
            // Right behind a command, so that the kill comes into the middle of it.
            await pause(20 + this.draw(100));
            await inTime('a command', this.people[this.draw(peopleCount)].nextCommand());
            for (let turns = this.draw(8); turns > 0; turns -= 1) await new Promise((next) => setImmediate(next));
        }
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the server ended by itself: ${this.server.output}`);
        await this.server.kill();
        this.figures.kills += 1;
        await inTime('ending the play', Promise.all(playing));
    }

    async restart() {
        while (this.draw(5) === 0) {
            await this.server.spawn();
            await pause(this.draw(60));
            await this.server.kill();
            this.figures.kills += 1;
            this.figures.killsAtStart += 1;
        }
        await this.server.start();
    }

    /** What the disk must hold, may hold, and must not hold. */
    checkDisk(disk) {
        if (disk.integrity !== 'ok') throw new Error(`integrity_check: ${disk.integrity}`);
        const teams = new Map(disk.teams.map((team) => [team.name, team]));
        const answers = new Map(disk.answers.map((row) => [`${row.round}/${row.slot}`, row.answer]));
        if (answers.size !== disk.answers.length) throw new Error('a seat has two answers to one round');
        // Who takes a seat in mid-round finds the answer of the one before there: several may have tried.
        const tried = new Map();
        for (const person of this.people) {
            person.checkSeat(teams);
            for (const given of person.answers) {
                const key = `${given.round}/${given.slot}`;
                tried.set(key, [...(tried.get(key) ?? []), given.answer]);
                if (given.acknowledged && answers.get(key) !== given.answer) {
                    throw new Error(`${person.name} was told that ${given.answer} is taken for ${key}; on disk is ${answers.get(key)}`);
                }
            }
        }
        for (const [key, answer] of answers) {
            if (!tried.get(key)?.includes(answer)) throw new Error(`nobody gave the answer ${answer} to ${key} that is on disk`);
        }
        for (const team of disk.teams) {
            if (!this.teams.has(team.name)) throw new Error(`nobody made the team ${team.name} that is on disk`);
            const taken = team.seats.filter((seat) => seat.state !== 'vacant').length;
            if (team.active !== taken > 0) throw new Error(`team ${team.name} is half there: ${JSON.stringify(team)}`);
            if (team.seats.length !== 2) throw new Error(`team ${team.name} has ${team.seats.length} seats`);
        }
    }

    async cycle() {
        await this.playUntilKilled();
        this.checkDisk(readCopyOfDatabase(this.server.database));
        await this.restart();
        await inTime('coming back', Promise.all(this.people.map((person) => person.comeBack())));
    }

    async dispose() {
        for (const person of this.people) person.close();
        await this.server.dispose();
    }
}

/** Runs so many cycles; gives what was lived through. `tell` hears of the progress. */
export async function killCycles({ cycles, seed, tell = () => {} }) {
    const draw = generator(seed);
    const sum = {};
    let world;
    let told = Date.now();
    for (let done = 0; done < cycles; done += 1) {
        try {
            if (done % cyclesPerDatabase === 0) {
                await world?.dispose();
                world = new World(draw, done / cyclesPerDatabase);
                await world.start();
            }
            await world.cycle();
        } catch (error) {
            error.message = `cycle ${done + 1}, seed ${seed}: ${error.message}\n  the server said last: ${world.server.output.slice(-2_000)}`;
            await world.dispose().catch(() => {});
            throw error;
        }
        if ((done + 1) % cyclesPerDatabase === 0 || done + 1 === cycles) {
            for (const [name, count] of Object.entries(world.figures)) sum[name] = (sum[name] ?? 0) + count;
        }
        if (Date.now() - told > 10_000) {
            told = Date.now();
            tell(`${done + 1} of ${cycles} cycles`);
        }
    }
    await world?.dispose();
    return { cycles, seed, ...sum };
}
