import type { Asking } from './asking.js';
import type { StorageLike } from './token_store.js';

/** For so long the host can answer; then the question is over on the server as well. */
const standsMilliseconds = 600_000;

/** The storage of this tab, which a reload keeps, or null where there is none. */
export function tabStorage(): StorageLike | null {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}

/** Keeps what the player has asked the host, so that a reload does not lose it. No secret is in it. */
export class AskingStore {
  constructor(
    private readonly storage: StorageLike | null,
    private readonly key: string,
  ) {}

  /** The question of before the reload, unless its time is over. */
  read(): Asking | null {
    try {
      const value = JSON.parse(this.storage?.getItem(this.key) ?? 'null') as
        | (Partial<Asking> & { until?: number })
        | null;
      if (typeof value?.team_name !== 'string' || typeof value.name !== 'string') return null;
      if (typeof value.player_slot !== 'number' || !((value.until ?? 0) > Date.now())) return null;
      const { team_name, player_slot, name } = value;
      // It stands on the server still, or is put again, as after any other lost connection.
      return { team_name, player_slot, name, asked: true };
    } catch {
      return null;
    }
  }

  write(asking: Asking | null): void {
    try {
      if (asking === null) return this.storage?.removeItem(this.key);
      const { team_name, player_slot, name } = asking;
      const until = Date.now() + standsMilliseconds;
      this.storage?.setItem(this.key, JSON.stringify({ team_name, player_slot, name, until }));
    } catch {
      // Without storage the question lives as long as the page.
    }
  }
}
