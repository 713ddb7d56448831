import type { HostClient, HostState } from '@holdfast/client';
import { useState } from 'preact/hooks';
import { Ask } from '../shared/ask';
import { GraceSetting } from './grace';

export function Controls({ host, state }: { host: HostClient; state: HostState }) {
  const { board } = state;
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const closed = busy || state.connection !== 'online';
  const phase = !board.started ? 'Not started' : board.paused ? 'Paused' : 'Running';
  const run = async (command: () => Promise<unknown>) => {
    setBusy(true);
    await command();
    setBusy(false);
  };
  return (
    <section class="card controls" aria-label="The game">
      <div class="figures">
        <Figure name="players" label="players here" value={board.players} />
        <Figure name="ready" label="ready to play" value={board.readyPlayers} />
        <Figure name="teams" label="active teams" value={board.activeTeams} />
        <Figure name="answers" label="answers" value={board.answers} />
      </div>
      <div class="line">
        <strong class={`phase ${phase.toLowerCase().replace(' ', '-')}`} data-testid="game-phase">
          {phase}
        </strong>
        <button
          class="primary"
          data-testid="start-game"
          disabled={closed || board.started}
          onClick={() => void run(() => host.startGame())}
        >
          Start
        </button>
        <button
          data-testid="pause-game"
          disabled={closed || !board.started}
          onClick={() => void run(() => host.togglePause())}
        >
          {board.paused ? 'Go on' : 'Pause'}
        </button>
        {asking ? (
          <Ask
            question="Clear all rounds and answers? Teams and seats stay."
            yes="Clear"
            testId="restart-game"
            onYes={() => {
              setAsking(false);
              void run(() => host.restartGame());
            }}
            onNo={() => setAsking(false)}
          />
        ) : (
          <button data-testid="restart-game" disabled={closed} onClick={() => setAsking(true)}>
            Restart…
          </button>
        )}
        <button
          class="mode"
          data-testid="toggle-mode"
          data-mode={board.mode}
          title="New: player 1 is asked A or B, player 2 X or Y. Classic: any question to either."
          disabled={closed}
          onClick={() => void run(() => host.toggleMode())}
        >
          Mode: {board.mode}
        </button>
      </div>
      <GraceSetting host={host} board={board} closed={closed} />
    </section>
  );
}

function Figure({ name, label, value }: { name: string; label: string; value: number }) {
  return (
    <p class="figure">
      <span class="value" data-testid={`figures-${name}`}>
        {value}
      </span>
      <span class="label">{label}</span>
    </p>
  );
}
