/** A value that can be read at any time and tells its readers when it is replaced. */
export class Observable<Value extends object> {
  private readonly listeners = new Set<(value: Value) => void>();

  constructor(private value: Value) {}

  get(): Value {
    return this.value;
  }

  /** Calls the listener after each change, not at once. Returns the way to stop that. */
  subscribe(listener: (value: Value) => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  set(next: Value): void {
    if (next === this.value) return;
    this.value = next;
    for (const listener of [...this.listeners]) listener(next);
  }

  update(change: Partial<Value>): void {
    this.set({ ...this.value, ...change });
  }
}
