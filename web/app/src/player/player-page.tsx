import type { HoldfastClient, HoldfastState } from '@holdfast/client';
import { useEffect, useRef } from 'preact/hooks';
import { ConnectionBadge } from '../shared/connection-badge';
import { useObservable } from '../shared/hooks';
import { Notice } from '../shared/notice';
import { Problem } from '../shared/problem';
import { Lobby } from './lobby';
import { takeCodeFromAddress } from './move';
import { Room } from './room';
import { inTheQueue } from './what_now';

export function PlayerPage({ client }: { client: HoldfastClient }) {
  const state = useObservable(client.state);
  const { seat, lastError } = state;
  const title = seat && state.connection !== 'elsewhere' ? seat.team_name : 'Holdfast';
  useEffect(() => {
    document.title = seat ? `${seat.team_name} · Holdfast` : 'Holdfast';
  }, [seat?.team_name]);
  useScannedCode(client, state);
  return (
    <main class="player">
      <header class="top">
        <h1 dir="auto">{title}</h1>
        <ConnectionBadge state={state.connection} />
      </header>
      {lastError && <Problem message={lastError.message} onDismiss={() => client.dismissError()} />}
      {state.hostNotice && (
        <Notice
          message={state.hostNotice}
          testId="host-notice"
          onDismiss={() => client.dismissHostNotice()}
        />
      )}
      <Content client={client} state={state} />
    </main>
  );
}

/** Somebody who has scanned the code of another phone is taken to the seat, once it is clear that there is none here. */
function useScannedCode(client: HoldfastClient, state: HoldfastState): void {
  const code = useRef<string | null>(null);
  useEffect(() => {
    code.current = takeCodeFromAddress();
  }, []);
  useEffect(() => {
    if (code.current === null || state.connection !== 'online' || !state.settled) return;
    const scanned = code.current;
    code.current = null;
    if (!state.seat) void client.moveHere(scanned);
  }, [state.connection, state.settled, state.seat]);
}

function Content({ client, state }: { client: HoldfastClient; state: HoldfastState }) {
  if (state.connection === 'elsewhere') return <Elsewhere client={client} state={state} />;
  if (state.seat) return <Room client={client} state={state} seat={state.seat} />;
  if (!state.settled)
    return <Looking offline={state.connection === 'offline'} queued={state.queue !== null} />;
  return <Lobby client={client} state={state} />;
}

function Looking({ offline, queued }: { offline: boolean; queued: boolean }) {
  return (
    <section class="card centre">
      <p class="lead" data-testid="status-message" role="status">
        {offline ? 'The server does not answer yet.' : queued ? inTheQueue : 'Looking for your seat…'}
      </p>
      <p class="hint">
        {offline
          ? 'Check that your wifi is on. This page keeps trying by itself.'
          : 'If you had one, you are back in it in a moment.'}
      </p>
    </section>
  );
}

const whereItIs = {
  second_tab: 'in another tab',
  other_device: 'on another device',
  unknown: 'in another tab or on another device',
};

function Elsewhere({ client, state }: { client: HoldfastClient; state: HoldfastState }) {
  const by = state.takenOverBy ?? 'unknown';
  return (
    <section class="card centre" data-testid="taken-over" data-by={by}>
      <p class="lead">Your seat is open {whereItIs[by]}.</p>
      <p class="hint">One of them plays at a time. Go on over there, or bring your seat back here.</p>
      <button class="primary wide" data-testid="take-back" onClick={() => client.takeBack()}>
        Use it here
      </button>
    </section>
  );
}
