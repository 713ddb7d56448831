/** Waiting times that double from `first` to `most` milliseconds, each spread over half of its length. */
export class Backoff {
  private tries = 0;

  constructor(
    private readonly first: number,
    private readonly most: number,
  ) {}

  next(): number {
    const whole = Math.min(this.first * 2 ** this.tries, this.most);
    this.tries += 1;
    return jittered(whole);
  }

  reset(): void {
    this.tries = 0;
  }
}

/** How long to wait when the server has said when to come back: not sooner, and not all together. */
export function notBefore(milliseconds: number): number {
  return Math.round(Math.min(milliseconds, mostAskedMilliseconds) * (1 + Math.random() * 0.25));
}

/** No server may keep a player waiting for longer than this between two tries. */
const mostAskedMilliseconds = 120_000;

/** Between three quarters and five quarters of the time, so that a roomful does not knock all at once. */
export function jittered(milliseconds: number): number {
  return Math.round(milliseconds * (0.75 + Math.random() * 0.5));
}
