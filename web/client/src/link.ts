import { Backoff, jittered } from './backoff.js';
import type { SocketLike } from './socket.js';
import type { ConnectionEstablished } from './types.js';
import type { Wake, WakeSource } from './wake.js';

export type LinkState = 'connecting' | 'ready' | 'offline' | 'restarting' | 'parked';

export interface LinkEvents {
  /** Connected, and the server has said `connection_established` (or has said nothing for too long). */
  ready(established: ConnectionEstablished): void;
  /** The state has changed; for `ready`, this comes after `ready()`. */
  changed(state: LinkState): void;
}

/** How long the server may take to answer a probe before the connection counts as dead. */
const probeMilliseconds = 3000;
const establishedMilliseconds = 3000;
/** The network has just come back and some browsers tell several times: at most one forced attempt in this time. */
const forceMilliseconds = 1000;
/** A server that has announced its end and is still there after this time has changed its mind, or hangs. */
const shutdownMilliseconds = 15_000;

/**
 * Keeps a socket connected. The library reconnects after most losses; this adds the rest: when the server itself ended
 * the connection, when the phone wakes up, when the network comes back, and when a connection is dead without anybody
 * having noticed.
 */
export class Link {
  private current: LinkState = 'parked';
  private established: ReturnType<typeof setTimeout> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private probing: ReturnType<typeof setTimeout> | undefined;
  private readonly backoff = new Backoff(200, 2500);
  private forcedAt = 0;
  private ignoreOwnDisconnect = false;
  private stopWake: (() => void) | undefined;

  constructor(
    private readonly socket: SocketLike,
    private readonly probeEvent: string,
    private readonly events: LinkEvents,
    private readonly wakeSource: WakeSource,
  ) {
    socket.on('connect', () => this.connected());
    socket.on('disconnect', (reason: string) => this.disconnected(reason));
    socket.on('connect_error', () => this.refused());
    socket.on('connection_established', (data?: ConnectionEstablished) => this.ready(data ?? {}));
    socket.on('server_shutdown', () => this.shutdownAnnounced());
    socket.onAny(() => this.aliveAgain());
  }

  get state(): LinkState {
    return this.current;
  }

  start(): void {
    if (this.current !== 'parked') return;
    this.stopWake ??= this.wakeSource((wake) => this.woken(wake));
    this.change('connecting');
    this.forcedAt = Date.now();
    this.backoff.reset();
    this.socket.connect();
  }

  /** Closes the connection and stays away until `start`. */
  park(): void {
    this.clearTimers();
    this.stopWake?.();
    this.stopWake = undefined;
    this.current = 'parked';
    this.hangUp();
    this.events.changed('parked');
  }

  /** Asks the server for a sign of life, and connects anew when none comes. */
  probe(): void {
    if (this.current !== 'ready' || this.probing !== undefined) return;
    this.probing = setTimeout(() => {
      this.probing = undefined;
      this.reconnectNow();
    }, probeMilliseconds);
    this.socket.emit(this.probeEvent, {}, () => this.aliveAgain());
  }

  /** Drops the connection, alive or not, and makes a new one. */
  reconnectNow(): void {
    if (this.current === 'parked') return;
    this.clearTimers();
    this.forcedAt = Date.now();
    this.hangUp();
    if (this.current === 'ready') this.change('offline');
    this.backoff.reset();
    this.socket.connect();
  }

  private connected(): void {
    if (this.current === 'parked') return;
    this.clearTimers();
    if (this.current !== 'restarting') this.change('connecting');
    this.established = setTimeout(() => this.ready({}), establishedMilliseconds);
  }

  private ready(established: ConnectionEstablished): void {
    if (this.current === 'parked' || this.current === 'ready') return;
    this.clearTimers();
    this.backoff.reset();
    this.current = 'ready';
    this.events.ready(established);
    if (this.state === 'ready') this.events.changed('ready');
  }

  private disconnected(reason: string): void {
    if (this.ignoreOwnDisconnect || this.current === 'parked') return;
    this.clearTimers();
    if (this.current !== 'restarting') this.change('offline');
    // The library takes a goodbye of the server as final; for us it is a reason to knock again.
    if (reason === 'io server disconnect' || !this.socket.active) this.retryLater();
  }

  private refused(): void {
    if (this.current === 'parked') return;
    if (this.current === 'connecting') this.change('offline');
    if (!this.socket.active) this.retryLater();
  }

  private shutdownAnnounced(): void {
    if (this.current === 'parked') return;
    this.change('restarting');
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.reconnectNow(), jittered(shutdownMilliseconds));
  }

  private retryLater(): void {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => {
      this.retry = undefined;
      if (this.current !== 'parked' && !this.socket.connected) this.socket.connect();
    }, this.backoff.next());
  }

  private woken(wake: Wake): void {
    if (this.current === 'parked') return;
    if (this.current === 'ready') {
      this.probe();
      return;
    }
    if (wake === 'offline' || this.socket.connected) return;
    // The library may be waiting for its next attempt, or be in one that began before the phone slept.
    if (Date.now() - this.forcedAt < forceMilliseconds) {
      clearTimeout(this.retry);
      this.retry = setTimeout(() => this.woken(wake), jittered(forceMilliseconds));
      return;
    }
    this.reconnectNow();
  }

  private aliveAgain(): void {
    clearTimeout(this.probing);
    this.probing = undefined;
  }

  private hangUp(): void {
    this.ignoreOwnDisconnect = true;
    this.socket.disconnect();
    this.ignoreOwnDisconnect = false;
  }

  private clearTimers(): void {
    clearTimeout(this.established);
    clearTimeout(this.retry);
    clearTimeout(this.probing);
    this.established = this.retry = this.probing = undefined;
  }

  private change(state: LinkState): void {
    if (state === this.current) return;
    this.current = state;
    this.events.changed(state);
  }
}
