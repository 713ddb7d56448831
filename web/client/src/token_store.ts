/** The part of `Storage` that is needed. */
export interface StorageLike {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface StoredSeat {
  token: string;
  team_name: string;
  player_slot: number;
}

/** The browser's storage, or null where it is missing or forbidden (private windows, blocked site data). */
export function browserStorage(): StorageLike | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}

/**
 * Keeps the token of one seat. Storage that outlives the tab comes first; where it does not work, memory does, and
 * after a reload the server still knows the device by its cookie.
 *
 * Tabs of one browser share the storage: what another tab wrote last is what counts.
 */
export class TokenStore {
  private memory: StoredSeat | null = null;
  private durable = true;

  constructor(
    private readonly storage: StorageLike | null,
    readonly key: string,
  ) {}

  read(): StoredSeat | null {
    if (!this.storage || !this.durable) return this.memory;
    try {
      const text = this.storage.getItem(this.key);
      return text === null ? null : parse(text);
    } catch {
      return this.memory;
    }
  }

  /** What this page itself has held last, though another tab has forgotten it since. It says what became of the seat. */
  own(): StoredSeat | null {
    return this.memory;
  }

  /** Replaces the stored token in one step, so that there is never a moment without one. */
  write(seat: StoredSeat): void {
    this.memory = seat;
    if (!this.storage) return;
    try {
      this.storage.setItem(this.key, JSON.stringify(seat));
      this.durable = true;
    } catch {
      // The storage is full or forbidden. What it still holds is older than what memory has.
      this.durable = false;
    }
  }

  /** Forgets the token, but only if it is still this one: another tab may have stored a newer one meanwhile. */
  forget(token: string): void {
    if (this.memory?.token === token) this.memory = null;
    try {
      const text = this.storage?.getItem(this.key) ?? null;
      if (text !== null && parse(text)?.token === token) this.storage?.removeItem(this.key);
    } catch {
      // Nothing to forget where nothing can be stored.
    }
    if (this.memory === null) this.durable = true;
  }

  /** Forgets whatever is stored: the seat has been given up. */
  clear(): void {
    this.memory = null;
    this.durable = true;
    try {
      this.storage?.removeItem(this.key);
    } catch {
      // As above.
    }
  }
}

function parse(text: string): StoredSeat | null {
  try {
    const value = JSON.parse(text) as Partial<StoredSeat> | null;
    if (typeof value?.token !== 'string' || value.token === '') return null;
    return {
      token: value.token,
      team_name: typeof value.team_name === 'string' ? value.team_name : '',
      player_slot: typeof value.player_slot === 'number' ? value.player_slot : 0,
    };
  } catch {
    return null;
  }
}
