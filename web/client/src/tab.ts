import type { StorageLike } from './token_store.js';

/** Tells when the page may be about to go (true), and when its player looks at it (false). */
export type LeavingSource = (listener: (leaving: boolean) => void) => () => void;

/** Told at once as well. A phone ends pages that are hidden without another word. */
export const browserLeaving: LeavingSource = (listener) => {
  if (typeof window === 'undefined' || typeof document === 'undefined') return () => {};
  const leaving = () => listener(true);
  const look = () => listener(document.visibilityState === 'hidden');
  const events: Array<[EventTarget, string, () => void]> = [
    [window, 'pagehide', leaving],
    [document, 'freeze', leaving],
    [window, 'pageshow', look],
    [document, 'resume', look],
    [document, 'visibilitychange', look],
  ];
  for (const [target, event, act] of events) target.addEventListener(event, act);
  look();
  return () => {
    for (const [target, event, act] of events) target.removeEventListener(event, act);
  };
};

/**
 * Which tab this is, and which loading of the page in it: two random numbers, by which the server tells a reload and a
 * change of network from a second tab.
 *
 * The tab's number outlives a reload in `sessionStorage`. A browser copies that storage into a tab that is duplicated, so
 * it holds the number only while nobody looks at the page: a reload finds it there, and a duplicate does not.
 */
export class Tab {
  private tab = 0;
  private readonly page = randomNumber();
  private leave: (() => void) | undefined;

  constructor(
    private readonly session: StorageLike | null,
    private readonly key: string,
    private readonly leaving: LeavingSource,
  ) {}

  /** What the server is told, with each connection. */
  get name(): { tab: number; page: number } {
    return { tab: this.tab, page: this.page };
  }

  /** The page is there. True: in a tab in which it was not before. */
  enter(): boolean {
    const before = this.take();
    this.tab = before ?? (this.tab || randomNumber());
    this.leave ??= this.leaving((leaving) => (leaving ? this.put() : this.take()));
    return before === null;
  }

  /** The page has ended, as far as the seat is concerned. */
  exit(): void {
    this.leave?.();
    this.leave = undefined;
    if (this.tab !== 0) this.put();
  }

  /** Another tab goes by the same number. */
  renew(): void {
    this.tab = randomNumber();
  }

  private put(): void {
    try {
      this.session?.setItem(this.key, String(this.tab));
    } catch {
      // Then a reload is a new tab. That costs nobody the seat.
    }
  }

  private take(): number | null {
    try {
      const number = Number(this.session?.getItem(this.key) ?? 0);
      this.session?.removeItem(this.key);
      return Number.isInteger(number) && number > 0 && number <= 0xffff_ffff ? number : null;
    } catch {
      return null;
    }
  }
}

/**
 * Calls back when there is somebody who may look at the page: now, or for a page that the browser makes ready because
 * its address is being typed, when it is opened. Until then it must not take a seat from a tab that plays.
 */
export function whenOpened(then: () => void): void {
  const page = globalThis.document as (Document & { prerendering?: boolean }) | undefined;
  if (page?.prerendering === true) page.addEventListener('prerenderingchange', then, { once: true });
  else then();
}

/** From 1 to 2^32 - 1. */
function randomNumber(): number {
  const crypto: Crypto | undefined = globalThis.crypto;
  const drawn =
    typeof crypto?.getRandomValues === 'function'
      ? crypto.getRandomValues(new Uint32Array(1))[0]!
      : Math.floor(Math.random() * 0x1_0000_0000);
  return drawn === 0 ? 1 : drawn;
}
