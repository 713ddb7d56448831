// A crowd of strangers: as many sockets as are asked for, each sending what people without a seat send, as fast as the
// server takes it. None of it leads to a seat, so that they stay strangers. Bounded; ends when it is told to.
import { io } from 'socket.io-client';

const asks = [
    () => ['create_team', { team_name: '' }],
    () => ['get_reconnectable_teams', {}],
    (turn, who) => ['join_team', { team_name: `No such team ${who} ${turn}` }],
    () => ['reconnect_with_token', { token: 'guessed' }],
    () => ['leave_team', {}],
    (turn, who) => ['reactivate_team', { team_name: `No such team ${who} ${turn}` }],
];

export class Flood {
    /** `sockets` connections to `url`, each with `inFlight` events under way until stop(). */
    constructor(url, { sockets = 150, inFlight = 20 } = {}) {
        this.running = true;
        this.answers = 0;
        this.refusals = new Map();
        this.hints = new Map();
        this.greetings = [];
        this.sockets = Array.from({ length: sockets }, (_, who) => this.stranger(url, who, inFlight));
    }

    stranger(url, who, inFlight) {
        const socket = io(url, { forceNew: true, transports: ['websocket'], reconnectionDelay: 50, reconnectionDelayMax: 500 });
        let turn = 0;
        const ask = () => {
            if (!this.running || !socket.connected) return;
            turn += 1;
            const [event, data] = asks[(turn + who) % asks.length](turn, who);
            socket.emit(event, data, (answer) => {
                this.answers += 1;
                if (answer?.ok === false) {
                    this.refusals.set(answer.code, (this.refusals.get(answer.code) ?? 0) + 1);
                    if (answer.retry_after_ms !== undefined) {
                        this.hints.set(answer.code, [...(this.hints.get(answer.code) ?? []), answer.retry_after_ms].slice(-500));
                    }
                }
                // Who is too fast for its own connection gains nothing by going on.
                if (answer?.code === 'rate_limited') setTimeout(ask, 20);
                else ask();
            });
        };
        socket.on('connection_established', (greeting) => {
            this.greetings.push(greeting);
            for (let one = 0; one < inFlight; one += 1) ask();
        });
        return socket;
    }

    stop() {
        this.running = false;
        for (const socket of this.sockets) {
            socket.disconnect();
            socket.io.engine?.close();
        }
    }
}
