// Commands that survive the network: each carries an operation id and is sent again, with the same id, until the server has
// answered. The server gives one id one effect.
import type { Reply } from "./protocol";
import { tryAgainLater } from "./protocol";

export interface CommandSocket {
    readonly connected: boolean;
    emit(event: string, data: unknown, ack: (reply: unknown) => void): void;
}

interface Waiting {
    event: string;
    data: Record<string, unknown>;
    finished: (reply: Reply) => void;
    attempt: number;
    timer: ReturnType<typeof setTimeout> | undefined;
}

export interface CommandTimings {
    replyMilliseconds: number;
    retryMilliseconds: number;
}

const attemptsWhenBusy = 40;

export class Commands {
    private readonly waiting = new Set<Waiting>();
    private ready = false;

    constructor(
        private readonly socket: CommandSocket,
        private readonly random: () => number,
        private readonly timings: CommandTimings,
        private readonly onSilence: () => void,
    ) {}

    /** Sends now, or as soon as the client is ready again. */
    send(event: string, data: Record<string, unknown>): Promise<Reply> {
        return new Promise((finished) => {
            const command: Waiting = { event, data, finished, attempt: 0, timer: undefined };
            this.waiting.add(command);
            if (this.ready) this.transmit(command);
        });
    }

    /** The seat is back (or it is certain that there is none): what was not answered goes out again, in order. */
    resume(): void {
        this.ready = true;
        for (const command of [...this.waiting]) this.transmit(command);
    }

    /** The connection is gone: everything unanswered waits. */
    pause(): void {
        this.ready = false;
        for (const command of this.waiting) clearTimeout(command.timer);
    }

    /** Nothing of what waits makes sense any more. */
    abandon(code: string, message: string): void {
        for (const command of [...this.waiting]) this.finish(command, { ok: false, code, message });
    }

    private transmit(command: Waiting): void {
        clearTimeout(command.timer);
        const attempt = ++command.attempt;
        this.socket.emit(command.event, command.data, (reply) => {
            if (attempt !== command.attempt || !this.waiting.has(command)) return;
            this.answered(command, reply as Reply);
        });
        command.timer = setTimeout(() => this.onSilence(), this.timings.replyMilliseconds);
    }

    private answered(command: Waiting, reply: Reply): void {
        clearTimeout(command.timer);
        if (!reply.ok && tryAgainLater.has(reply.code) && command.attempt < attemptsWhenBusy) {
            const wait = this.timings.retryMilliseconds * Math.min(command.attempt, 8) * (0.5 + this.random());
            command.timer = setTimeout(() => this.ready && this.transmit(command), wait);
            return;
        }
        this.finish(command, reply);
    }

    private finish(command: Waiting, reply: Reply): void {
        clearTimeout(command.timer);
        this.waiting.delete(command);
        command.finished(reply);
    }
}
