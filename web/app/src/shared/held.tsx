import { useNow } from './hooks';
import { duration } from './words';

/** How long a seat is still held, counting down. */
export function Held({ until }: { until: number }) {
  const now = useNow();
  return <span class="held">held {duration((until - now) / 1000)}</span>;
}
