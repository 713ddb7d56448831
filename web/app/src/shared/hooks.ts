import type { Observable } from '@holdfast/client';
import { useEffect, useState } from 'preact/hooks';

/** The observable's value; the component is drawn again when it changes. */
export function useObservable<Value extends object>(observable: Observable<Value>): Value {
  return useThrottled(observable, 0);
}

/** The observable's value, at once and then at most every so many milliseconds: the last one always arrives. */
export function useThrottled<Value extends object>(
  observable: Observable<Value>,
  milliseconds: number,
): Value {
  const [, draw] = useState<unknown>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = 0;
    const show = () => {
      timer = undefined;
      last = Date.now();
      draw(observable.get());
    };
    show();
    const stop = observable.subscribe(() => {
      if (milliseconds === 0) show();
      else timer ??= setTimeout(show, Math.max(0, last + milliseconds - Date.now()));
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [observable, milliseconds]);
  return observable.get();
}

const tickers = new Set<(now: number) => void>();
let clock: ReturnType<typeof setInterval> | undefined;

/** Milliseconds since 1970, drawn again every second; one timer for all who ask. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    tickers.add(setNow);
    clock ??= setInterval(() => {
      const time = Date.now();
      for (const ticker of [...tickers]) ticker(time);
    }, 1000);
    return () => {
      tickers.delete(setNow);
      if (tickers.size > 0) return;
      clearInterval(clock);
      clock = undefined;
    };
  }, []);
  return now;
}

/** Whether the device prefers dark colours, as it changes. */
export function useDark(): boolean {
  const [query] = useState(() => window.matchMedia('(prefers-color-scheme: dark)'));
  const [dark, setDark] = useState(query.matches);
  useEffect(() => {
    const changed = () => setDark(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, [query]);
  return dark;
}
