import type { Board, HostClient } from '@holdfast/client';
import { useState } from 'preact/hooks';
import { Ask } from '../shared/ask';
import { count } from '../shared/words';

const mostMinutes = 24 * 60;

/** For how long seats are held, and how to change that for this game. */
export function GraceSetting({ host, board, closed }: { host: HostClient; board: Board; closed: boolean }) {
  const [minutes, setMinutes] = useState<string | null>(null);
  const [asking, setAsking] = useState<number | 'configured' | null>(null);
  const { graceSeconds, configuredGraceSeconds } = board;
  if (graceSeconds === null) return null;
  const wanted = Number(minutes);
  const usable = Number.isInteger(wanted) && wanted >= 1 && wanted <= mostMinutes;
  const done = () => {
    setAsking(null);
    setMinutes(null);
  };
  if (asking !== null) {
    const seconds = asking === 'configured' ? configuredGraceSeconds : asking;
    return (
      <Ask
        question={`From now on, hold a seat for ${inWords(seconds ?? 0)}? Who is away already keeps the time they have.`}
        yes="Set"
        testId="set-grace"
        onYes={() => {
          done();
          void host.setGrace(asking === 'configured' ? null : asking);
        }}
        onNo={done}
      />
    );
  }
  return (
    <form
      class="line grace"
      aria-label="How long seats are held"
      onSubmit={(event) => {
        event.preventDefault();
        if (usable) setAsking(wanted * 60);
      }}
    >
      <span data-testid="grace" data-seconds={graceSeconds}>
        Seats are held for {inWords(graceSeconds)}
      </span>
      {minutes === null ? (
        <button type="button" data-testid="change-grace" disabled={closed} onClick={() => setMinutes('')}>
          Change…
        </button>
      ) : (
        <>
          <input
            type="number"
            min={1}
            max={mostMinutes}
            aria-label="Minutes"
            placeholder="minutes"
            data-testid="grace-minutes"
            value={minutes}
            onInput={(event) => setMinutes(event.currentTarget.value)}
          />
          <button data-testid="set-grace" disabled={closed || !usable}>
            Set…
          </button>
          <button type="button" onClick={() => setMinutes(null)}>
            Keep
          </button>
        </>
      )}
      {configuredGraceSeconds !== null && configuredGraceSeconds !== graceSeconds && (
        <button
          type="button"
          data-testid="reset-grace"
          disabled={closed}
          onClick={() => setAsking('configured')}
        >
          Back to {inWords(configuredGraceSeconds)}…
        </button>
      )}
    </form>
  );
}

function inWords(seconds: number): string {
  if (seconds % 60 !== 0) return count(seconds, 'second', 'seconds');
  return count(seconds / 60, 'minute', 'minutes');
}
