import type { SocketLike } from '../socket.js';

type Listener = (...values: unknown[]) => void;

export interface Sent {
  event: string;
  payload: Record<string, unknown>;
  ack: (reply: unknown) => void;
}

/**
 * A socket without a network: the test is the server. Like the real one it does not answer commands of a connection
 * that is gone, and reconnects by itself unless the server said goodbye.
 */
export class FakeSocket implements SocketLike {
  connected = false;
  active = false;
  auth: Record<string, unknown> = {};
  /** How often a connection was asked for. */
  attempts = 0;
  readonly sent: Sent[] = [];
  private generation = 0;
  private readonly listeners = new Map<string, Listener[]>();
  private readonly anyListeners: Listener[] = [];

  on(event: string, listener: (...values: never[]) => void): this {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener as Listener]);
    return this;
  }

  onAny(listener: (event: string, ...values: unknown[]) => void): this {
    this.anyListeners.push(listener as Listener);
    return this;
  }

  emit(event: string, payload: Record<string, unknown> = {}, ack?: (reply: unknown) => void): this {
    if (!this.connected) throw new Error(`${event} was sent without a connection`);
    const { generation } = this;
    this.sent.push({
      event,
      payload,
      ack: (reply) => {
        if (generation === this.generation && this.connected) ack?.(reply);
      },
    });
    return this;
  }

  connect(): this {
    this.attempts += 1;
    this.active = true;
    return this;
  }

  disconnect(): this {
    this.active = false;
    if (this.connected) this.close('io client disconnect');
    return this;
  }

  /** The network lets the connection through, and the server says hello. */
  accept(established: Record<string, unknown> = {}): this {
    this.connected = true;
    this.active = true;
    this.generation += 1;
    this.fire('connect');
    return this.tell('connection_established', {
      game_started: false,
      available_teams: [],
      game_mode: 'new',
      connection_stable: true,
      ...established,
    });
  }

  /** The connection is lost; the library goes on by itself. */
  lose(): this {
    this.close('transport close');
    return this;
  }

  /** The server ends the connection: the library does not come back by itself. */
  dismiss(): this {
    this.active = false;
    this.close('io server disconnect');
    return this;
  }

  tell(event: string, data: unknown = {}): this {
    for (const listener of this.anyListeners) listener(event, data);
    this.fire(event, data);
    return this;
  }

  /** All that was sent under that name, over all connections. */
  all(event: string): Sent[] {
    return this.sent.filter((entry) => entry.event === event);
  }

  last(event: string): Sent {
    const found = this.all(event).pop();
    if (!found) throw new Error(`${event} was not sent; sent: ${this.sent.map((e) => e.event).join(', ')}`);
    return found;
  }

  private close(reason: string): void {
    this.connected = false;
    this.fire('disconnect', reason);
  }

  private fire(event: string, ...values: unknown[]): void {
    for (const listener of this.listeners.get(event) ?? []) listener(...values);
  }
}

/** Storage in memory that can be made to fail, as in a private window. */
export class FakeStorage {
  readonly values = new Map<string, string>();
  forbidden = false;
  full = false;
  /** Every value that was ever written or removed, in order. */
  readonly history: Array<string | null> = [];

  getItem(key: string): string | null {
    this.check();
    return this.values.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.check();
    if (this.full) throw new Error('QuotaExceededError');
    this.values.set(key, value);
    this.history.push(value);
  }

  removeItem(key: string): void {
    this.check();
    this.values.delete(key);
    this.history.push(null);
  }

  private check(): void {
    if (this.forbidden) throw new Error('SecurityError');
  }
}
