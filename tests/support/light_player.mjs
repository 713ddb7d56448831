// A player on a bare WebSocket: speaks just enough Socket.IO to be one of thousands in one process.
import { WebSocket } from 'ws';

const waitedForMilliseconds = 60_000;

export class LightPlayer {
    /** Connects from the address, and waits for connection_established. */
    static async connect(url, { localAddress } = {}) {
        const player = new LightPlayer(url, localAddress);
        await player.next('connection_established');
        return player;
    }

    constructor(url, localAddress) {
        this.told = []; // [event, data], in order
        this.read = 0;
        this.acks = new Map();
        this.lastAck = 0;
        this.ended = false;
        this.socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, {
            localAddress,
            perMessageDeflate: false,
        });
        this.socket.on('error', (error) => {
            this.problem = error;
        });
        this.socket.on('close', () => {
            this.ended = true;
            for (const waiting of this.acks.values()) waiting.failed(this.#gone());
            this.acks.clear();
            this.#wake();
        });
        this.socket.on('message', (data) => this.#onMessage(String(data)));
    }

    #gone() {
        return new Error(`the connection has ended${this.problem ? ` (${this.problem.message})` : ''}`);
    }

    #onMessage(text) {
        if (text[0] === '0') this.socket.send('40');
        if (text === '2') this.socket.send('3');
        if (!text.startsWith('4')) return;
        if (text[1] === '2') {
            this.told.push(JSON.parse(text.slice(2)));
            this.#wake();
        } else if (text[1] === '3') {
            const start = text.indexOf('[');
            const waiting = this.acks.get(Number(text.slice(2, start)));
            this.acks.delete(Number(text.slice(2, start)));
            waiting?.done(JSON.parse(text.slice(start))[0]);
        }
    }

    #wake() {
        const wake = this.wake;
        this.wake = undefined;
        wake?.();
    }

    /** The next event of that name that has not been read; what came before it counts as read. */
    async next(event) {
        const deadline = Date.now() + waitedForMilliseconds;
        for (;;) {
            const at = this.told.findIndex(([name], index) => index >= this.read && name === event);
            if (at >= 0) {
                this.read = at + 1;
                return this.told[at][1];
            }
            if (this.ended) throw this.#gone();
            if (Date.now() > deadline) throw new Error(`waited in vain for ${event}`);
            await new Promise((done) => {
                const timer = setTimeout(done, 1_000);
                this.wake = () => {
                    clearTimeout(timer);
                    done();
                };
            });
        }
    }

    all(event) {
        return this.told.filter(([name]) => name === event).map(([, data]) => data);
    }

    emit(event, data = {}) {
        this.socket.send(`42${JSON.stringify([event, data])}`);
    }

    request(event, data = {}) {
        return new Promise((done, failed) => {
            const number = (this.lastAck += 1);
            this.acks.set(number, { done, failed });
            this.socket.send(`42${number}${JSON.stringify([event, data])}`);
        });
    }

    async sitDown(event, team) {
        const answer = await this.request(event, { team_name: team });
        if (!answer.ok) throw new Error(`${event} ${team}: ${JSON.stringify(answer)}`);
        this.seated = answer;
        this.token = (await this.next('reconnection_token')).token;
        return this;
    }

    /** The connection breaks without a goodbye. */
    drop() {
        this.socket.terminate();
    }

    close() {
        this.socket.close();
    }
}

/** Works through the items, so many at a time. */
export async function inParallel(items, atATime, work) {
    const results = new Array(items.length);
    let next = 0;
    const worker = async () => {
        while (next < items.length) {
            const at = next;
            next += 1;
            results[at] = await work(items[at], at);
        }
    };
    await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, worker));
    return results;
}
