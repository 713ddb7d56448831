// A player (or a host) who speaks through a stock socket.io-client and remembers everything it was told.
import { randomBytes } from 'node:crypto';
import { io as newestIo } from 'socket.io-client';
import { hostKey, until } from './server.mjs';

/** A cookie that stands for one device, as the server would have set it. */
export function newDevice() {
    return `hf_device=${randomBytes(32).toString('base64url')}`;
}

export class Player {
    /** Connects and waits for connection_established. `device` makes it a certain device, `io` another client version. */
    static async connect(url, { device, transports, io = newestIo, auth, reconnection = false } = {}) {
        const player = new Player();
        player.device = device;
        player.told = [];
        player.read = 0;
        player.socket = io(url, {
            forceNew: true,
            reconnection,
            reconnectionDelay: 50,
            reconnectionDelayMax: 200,
            ...(transports ? { transports } : {}),
            ...(auth ? { auth } : {}),
            ...(device ? { extraHeaders: { cookie: device } } : {}),
        });
        player.socket.onAny((event, data) => player.told.push({ event, data }));
        await player.next('connection_established');
        return player;
    }

    static host(url, settings = {}) {
        return Player.connect(url, { ...settings, auth: { host_key: hostKey } });
    }

    /** The next event of that name that has not been read yet; what came before it counts as read. */
    async next(event, timeoutMilliseconds = 10_000) {
        const found = await until(
            `${event}; told so far: ${JSON.stringify(this.told.slice(this.read)).slice(0, 1500)}`,
            () => {
                const index = this.told.findIndex((entry, at) => at >= this.read && entry.event === event);
                return index < 0 ? undefined : { index };
            },
            { timeoutMilliseconds, everyMilliseconds: 2 },
        );
        this.read = found.index + 1;
        return this.told[found.index].data;
    }

    /** Everything told under that name, read or not. */
    all(event) {
        return this.told.filter((entry) => entry.event === event).map((entry) => entry.data);
    }

    last(event) {
        return this.all(event).at(-1);
    }

    emit(event, ...data) {
        this.socket.emit(event, ...data);
    }

    /** Emits and waits for the ack. Works with every 4.x client, so without socket.timeout(). */
    request(event, ...data) {
        return new Promise((done, failed) => {
            const timer = setTimeout(() => failed(new Error(`no ack for ${event}`)), 10_000);
            this.socket.emit(event, ...data, (answer) => {
                clearTimeout(timer);
                done(answer);
            });
        });
    }

    /** The connection breaks without a word of goodbye. */
    drop() {
        const { engine } = this.socket.io;
        const raw = engine.transport.ws;
        if (raw?.terminate) raw.terminate();
        else engine.close();
    }

    close() {
        this.socket.disconnect();
        this.socket.io.engine?.close();
    }
}

/** A seated player: creates or joins, and knows its token. */
export async function seat(url, event, team, settings = {}) {
    const player = await Player.connect(url, settings);
    player.emit(event, { team_name: team });
    player.seated = await player.next(event === 'create_team' || event === 'reactivate_team' ? 'team_created' : 'team_joined');
    player.token = (await player.next('reconnection_token')).token;
    return player;
}

/** Two seated players and a host. */
export async function seatedTeam(url, team, settings = {}) {
    const first = await seat(url, 'create_team', team, settings);
    const second = await seat(url, 'join_team', team, settings);
    return { first, second };
}
