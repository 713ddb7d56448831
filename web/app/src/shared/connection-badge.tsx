import type { Connection } from '@holdfast/client';

const words: Record<Connection, string> = {
  connecting: 'Connecting…',
  online: 'Connected',
  offline: 'No connection',
  restarting: 'Server restarts…',
  elsewhere: 'Open elsewhere',
};

/** What the connection is doing, in a word and a colour. */
export function ConnectionBadge({ state }: { state: Connection }) {
  return (
    <p
      class={`connection ${state}`}
      data-testid="connection-state"
      data-state={state}
      role="status"
      aria-live="polite"
    >
      <span class="dot" aria-hidden="true" />
      {words[state]}
    </p>
  );
}
