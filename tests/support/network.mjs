// The bad wifi between a phone and the server: a TCP relay on loopback that can be cut, swallowed and mended.
import { connect, createServer } from 'node:net';

export class Network {
    /** Relays to the port that `target` (a HoldfastServer) listens on, whenever it does. */
    constructor(target) {
        this.target = target;
        this.pairs = new Set();
        this.mode = 'up';
        /** Told what the server sends; the connection breaks behind what it answers with true. */
        this.breakBehind = () => false;
        this.listener = createServer((client) => this.#accept(client));
    }

    async start() {
        await new Promise((done) => this.listener.listen(0, '127.0.0.1', done));
        this.port = this.listener.address().port;
    }

    get url() {
        return `http://127.0.0.1:${this.port}`;
    }

    /** Connections break at once, new ones are refused: airplane mode. */
    cut() {
        this.mode = 'cut';
        for (const pair of [...this.pairs]) this.#end(pair);
    }

    /** Nothing gets through any more, and nobody is told: a dead zone, or a proxy that swallows the close. */
    swallow() {
        this.mode = 'swallowed';
        for (const pair of this.pairs) pair.dead = true;
    }

    /** The same for the WebSockets that are open now, and for nothing else: as when a proxy forgets them. */
    swallowWebSockets() {
        for (const pair of this.pairs) if (pair.isWebSocket) pair.dead = true;
    }

    /** What was swallowed stays dead, as after a change of network; new connections get through. */
    mend() {
        this.mode = 'up';
    }

    async dispose() {
        this.cut();
        await new Promise((done) => this.listener.close(done));
    }

    #accept(client) {
        client.on('error', () => {});
        if (this.mode === 'cut') {
            client.destroy();
            return;
        }
        const pair = { client, server: undefined, dead: this.mode === 'swallowed', isWebSocket: false };
        this.pairs.add(pair);
        client.on('data', (bytes) => {
            pair.isWebSocket ||= /^upgrade: *websocket/im.test(bytes.toString('latin1', 0, 4000));
            if (!pair.dead) pair.server.write(bytes);
        });
        client.on('close', () => this.#end(pair));
        if (pair.dead) return;
        pair.server = connect(this.target.port, '127.0.0.1');
        pair.server.on('error', () => this.#end(pair));
        pair.server.on('data', (bytes) => {
            if (pair.dead) return;
            if (this.breakBehind(bytes)) client.end(bytes);
            else client.write(bytes);
        });
        // A swallowed connection does not pass on the other side's close either.
        pair.server.on('close', () => {
            if (!pair.dead) this.#end(pair);
        });
    }

    #end(pair) {
        if (pair.dead && this.mode === 'swallowed' && !pair.client.destroyed) return;
        this.pairs.delete(pair);
        pair.client.destroy();
        // The server side of a dead pair stays open: the server must find out by itself.
        if (pair.server && !pair.dead) pair.server.destroy();
    }
}
