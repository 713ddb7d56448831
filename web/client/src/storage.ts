// Where the token is kept: storage that survives the tab. Where the browser refuses it (private windows), memory does,
// and the device cookie brings the player back.

export interface TextStorage {
    getItem(key: string): string | null;
    setItem(key: string, value: string): void;
    removeItem(key: string): void;
}

export class TokenStorage {
    private remembered: string | null = null;

    constructor(
        private readonly storage: TextStorage | undefined,
        private readonly key = "holdfast.token",
    ) {}

    get token(): string | null {
        try {
            return this.storage?.getItem(this.key) ?? this.remembered;
        } catch {
            return this.remembered;
        }
    }

    set token(token: string | null) {
        this.remembered = token;
        try {
            if (token === null) this.storage?.removeItem(this.key);
            else this.storage?.setItem(this.key, token);
        } catch {
            // Storage that is full or forbidden: what is remembered has to do.
        }
    }
}

/** The page's own storage, or nothing where it may not be touched. */
export function pageStorage(): TextStorage | undefined {
    try {
        return globalThis.localStorage;
    } catch {
        return undefined;
    }
}
