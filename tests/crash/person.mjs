// Somebody who plays on a server that is killed now and then, and remembers what was told and what is in doubt.
import { Player, newDevice } from '../support/player.mjs';

/** Commands change a seat or give an answer; of one that was under way at a kill it is not known whether it happened. */
const seatCommands = new Set(['create_team', 'join_team', 'leave_team']);

export class Person {
    constructor(name, draw, world) {
        this.name = name;
        this.draw = draw;
        this.world = world;
        this.device = newDevice();
        this.seat = undefined; // {team, slot}: as the last answer said
        this.tokens = []; // of this seat, the newest that arrived last
        this.doubt = undefined; // {event, data}: asked, not answered
        this.answers = []; // {round, slot, answer, acknowledged}
        this.operations = 0;
        this.listeners = [];
    }

    async connect() {
        const transports = this.draw(2) === 0 ? ['websocket'] : undefined;
        this.player = await Player.connect(this.world.server.url, { device: this.device, transports });
        this.player.socket.on('reconnection_token', ({ token }) => {
            if (this.tokens.at(-1) !== token) this.tokens.push(token);
        });
        // Only the newest round can be answered.
        this.question = undefined;
        this.player.socket.on('new_question', (question) => {
            this.question = question;
        });
        const last = this.player.last('new_question');
        if (last) this.question = last;
    }

    close() {
        this.player?.close();
    }

    /** Resolves when this person sends the next command. */
    nextCommand() {
        return new Promise((done) => this.listeners.push(done));
    }

    /** The answer; undefined when the connection ended before it. */
    ask(event, data) {
        const { socket } = this.player;
        return new Promise((done) => {
            const ended = () => done(undefined);
            if (!socket.connected) return done(undefined);
            socket.once('disconnect', ended);
            // In the middle of an upgrade the stock client notices a dead server only by its missing heartbeat. What
            // the server sent before it died has a moment to arrive.
            this.world.server.process.exited.then(() => setTimeout(ended, 300));
            socket.emit(event, data, (answer) => {
                socket.off('disconnect', ended);
                done(answer);
            });
            for (const listener of this.listeners.splice(0)) listener();
        });
    }

    async command(event, data = {}) {
        const { figures } = this.world;
        const request = { ...data, op: `${this.name}-${(this.operations += 1)}` };
        const given = event === 'submit_answer' && { round: data.round_id, slot: this.seat.slot, answer: data.answer, acknowledged: false };
        if (given) this.answers.push(given);
        else this.doubt = { event, data: request };
        const answer = await this.ask(event, request);
        if (answer === undefined) {
            figures.inDoubt += 1;
            if (given) this.doubt ??= { event, data: request, given };
            return undefined;
        }
        this.takeOver(event, given, answer);
        if (answer.ok) figures.acknowledged += 1;
        return answer;
    }

    takeOver(event, given, answer) {
        this.doubt = undefined;
        if (given) {
            if (answer.ok) {
                given.acknowledged = true;
                this.world.figures.answers += 1;
            } else {
                this.answers.splice(this.answers.indexOf(given), 1);
            }
        } else if (answer.ok && answer.player_slot) {
            this.seat = { team: answer.team_name, slot: answer.player_slot };
        } else if (answer.ok && event === 'leave_team') {
            this.seat = undefined;
            this.tokens = [];
        }
    }

    async play(isOver) {
        while (!isOver()) {
            const choice = this.draw(20);
            if (!this.player.socket.connected) {
                await new Promise((next) => setTimeout(next, 2));
                if (isOver() || !this.player.socket.connected) return;
            }
            if (!this.seat) {
                await this.sitDown();
            } else if (choice === 0) {
                await this.command('leave_team');
            } else if (choice < 4) {
                if (!(await this.reconnect(isOver))) return;
            } else {
                await this.answer();
            }
            await new Promise((next) => setTimeout(next, this.draw(20)));
        }
    }

    async sitDown() {
        const { teams } = this.world;
        if (this.draw(3) === 0 || teams.size === 0) {
            const name = `Team ${this.name} ${this.operations}`;
            teams.add(name);
            await this.command('create_team', { team_name: name });
        } else {
            const names = [...teams].slice(-12);
            await this.command('join_team', { team_name: names[this.draw(names.length)] });
        }
    }

    async answer() {
        const { question } = this;
        if (!question || this.answers.some((given) => given.round === question.round_id && given.slot === this.seat.slot)) return;
        await this.command('submit_answer', { round_id: question.round_id, item: question.item, answer: this.draw(2) === 0 });
    }

    /** The connection is lost and the player comes back by the token. False when the server is gone. */
    async reconnect(isOver) {
        this.player.drop();
        this.player.close();
        try {
            await Promise.race([
                this.connect(),
                this.world.server.process.exited.then(() => Promise.reject(new Error('the server is gone'))),
            ]);
        } catch (error) {
            if (isOver()) return false;
            throw error;
        }
        const answer = await this.ask('reconnect_with_token', { token: this.tokens.at(-1) });
        if (answer === undefined) return false;
        if (!answer.ok) throw new Error(`${this.name} does not get seat ${JSON.stringify(this.seat)} back: ${JSON.stringify(answer)}`);
        this.expectSeat(answer);
        return true;
    }

    expectSeat(answer) {
        if (answer.team_name !== this.seat.team || answer.player_slot !== this.seat.slot) {
            throw new Error(`${this.name} came back to another seat than ${JSON.stringify(this.seat)}: ${JSON.stringify(answer)}`);
        }
    }

    /** Whether the file agrees with what this person was told; `teams` are its teams by name. */
    checkSeat(teams) {
        const leaving = this.doubt?.event === 'leave_team';
        if (this.seat) {
            const seat = teams.get(this.seat.team)?.seats[this.seat.slot - 1];
            if (!seat) throw new Error(`${this.name} was told of seat ${JSON.stringify(this.seat)}, which is not on disk`);
            if (seat.state === 'vacant' && !leaving) throw new Error(`${this.name} was told of seat ${JSON.stringify(this.seat)}, vacant on disk`);
        } else if (this.doubt?.event === 'create_team') {
            const team = teams.get(this.doubt.data.team_name);
            if (team) {
                this.world.figures.happened += 1;
                if (!team.seats.some((seat) => seat.state !== 'vacant')) throw new Error(`team ${team.name} is there without its creator`);
            }
        }
    }

    /** On the next server: to the seat that was told of, and the command that was under way is sent again. */
    async comeBack() {
        this.player.close();
        await this.connect();
        const doubt = this.doubt;
        const { figures } = this.world;
        if (this.seat) {
            const answer = await this.ask('reconnect_with_token', { token: this.tokens.at(-1) });
            const gone = doubt?.event === 'leave_team' && answer?.code === 'token_retired';
            if (gone) figures.happened += 1;
            if (!answer?.ok && !gone) throw new Error(`${this.name} does not get ${JSON.stringify(this.seat)} back: ${JSON.stringify(answer)}`);
            if (answer.ok) {
                this.expectSeat(answer);
                figures.resumed += 1;
            }
        }
        if (!doubt) return;
        const answer = await this.ask(doubt.event, doubt.data);
        if (answer === undefined) throw new Error(`${this.name} gets no answer to ${doubt.event}`);
        // A command for a seat is either good or was refused for what others did meanwhile; it is never half there.
        const known = seatCommands.has(doubt.event) || doubt.event === 'submit_answer';
        if (!known) throw new Error(`nobody sends ${doubt.event}`);
        this.takeOver(doubt.event, doubt.given ?? false, answer);
        if (this.seat && this.tokens.length === 0) throw new Error(`${this.name} sits down without a token`);
    }
}
