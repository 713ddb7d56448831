import { HostClient, signIn, signOut, type HostState } from '@holdfast/client';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ConnectionBadge } from '../shared/connection-badge';
import { useThrottled } from '../shared/hooks';
import { Notice } from '../shared/notice';
import { Problem } from '../shared/problem';
import { Bans } from './bans';
import { chsh, pooledTotals } from './chsh';
import { ChshCard } from './chsh-card';
import { Controls } from './controls';
import { Login, takeKeyFromLink } from './login';
import { QrCode } from './qr-code';
import { ReportCard } from './report-card';
import { Requests } from './requests';
import { Reservations } from './reservations';
import { storedSeries, storeSeries, withPoint, type SeriesPoint } from './series';
import { Teams } from './teams';

/** A roomful of answers a second would draw the page more often than anybody can read it. */
const drawMilliseconds = 250;

export function Dashboard() {
  const [host, setHost] = useState<HostClient | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    const key = takeKeyFromLink();
    const begin = async () => {
      if (key !== null) setProblem(await signIn(key));
      setHost(new HostClient());
    };
    void begin();
  }, []);
  useEffect(() => {
    host?.start();
    return () => host?.stop();
  }, [host]);

  if (!host) return null;
  // A connection is the host's or not from its first moment: another cookie needs another connection.
  const anew = () => {
    setProblem(null);
    setHost(new HostClient());
  };
  return <Access host={host} problem={problem} onAnew={anew} />;
}

function Access({ host, problem, onAnew }: { host: HostClient; problem: string | null; onAnew: () => void }) {
  const state = useThrottled(host.state, drawMilliseconds);
  if (state.access === 'denied') return <Login problem={problem} onDone={onAnew} />;
  if (state.access === 'unknown') return <Waiting state={state} />;
  return <Live host={host} state={state} onLogout={() => void signOut().then(onAnew)} />;
}

function Waiting({ state }: { state: HostState }) {
  return (
    <main class="player">
      <header class="top">
        <h1>Holdfast</h1>
        <ConnectionBadge state={state.connection} />
      </header>
      <section class="card centre">
        <p class="lead">
          {state.connection === 'offline' ? 'The server does not answer yet.' : 'Opening the dashboard…'}
        </p>
        {state.lastError && <p class="hint">{state.lastError.message}</p>}
      </section>
    </main>
  );
}

function Live({ host, state, onLogout }: { host: HostClient; state: HostState; onLogout: () => void }) {
  const { board } = state;
  const pairs = useMemo(() => pooledTotals(board), [board.teams, board.mode]);
  const value = useMemo(() => chsh(pairs), [pairs]);
  const series = useSeries(board.mode, value.value, value.error, value.rounds);
  return (
    <main class="dashboard">
      <header class="top">
        <h1>Holdfast</h1>
        <ConnectionBadge state={state.connection} />
        <button class="quiet" data-testid="logout" onClick={onLogout}>
          Log out
        </button>
      </header>
      {state.lastError && <Problem message={state.lastError.message} onDismiss={() => host.dismissError()} />}
      <Requests host={host} claims={state.claims} />
      {state.outcome && (
        <Notice message={state.outcome} testId="host-outcome" onDismiss={() => host.dismissOutcome()} />
      )}
      <div class="columns">
        <Controls host={host} state={state} />
        <QrCode url={board.playersUrl ?? `${location.origin}/`} />
        <ChshCard value={value} pairs={pairs} series={series} />
      </div>
      <Teams host={host} board={board} />
      <ReportCard />
      <Reservations
        host={host}
        reservations={state.claims.reservations}
        base={board.playersUrl ?? `${location.origin}/`}
      />
      <Bans host={host} bans={state.claims.bans} />
    </main>
  );
}

function useSeries(mode: string, value: number | null, error: number | null, rounds: number) {
  const kept = useRef<{ mode: string; series: readonly SeriesPoint[] } | null>(null);
  return useMemo(() => {
    if (kept.current?.mode !== mode) kept.current = { mode, series: storedSeries(mode) };
    const { series } = kept.current;
    const next = value !== null && error !== null ? withPoint(series, { rounds, value, error }) : series;
    // No rounds at all: what is stored belongs to a game of before.
    kept.current.series = rounds === 0 ? [] : next;
    storeSeries(mode, kept.current.series);
    return kept.current.series;
  }, [mode, value, error, rounds]);
}
