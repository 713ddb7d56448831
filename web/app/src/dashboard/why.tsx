import { readTeamLife, type SeatLife, type TeamLife, type Told } from '@holdfast/client';
import { useEffect, useRef, useState } from 'preact/hooks';
import { clock } from '../shared/words';

const linesAtFirst = 8;

export function WhyButton({ team, open, onToggle }: { team: string; open: boolean; onToggle: () => void }) {
  return (
    <button
      class="why-button"
      data-testid="why"
      aria-expanded={open}
      aria-label={`What happened to the seats of ${team}?`}
      onClick={onToggle}
    >
      why?
    </button>
  );
}

/** What the seats of a team went through, in words. Escape closes it. */
export function Why({
  teamId,
  team,
  seats,
  onClose,
}: {
  teamId: number | string;
  team: string;
  /** How the seats are: looked up anew when that changes. */
  seats: string;
  onClose: () => void;
}) {
  const [told, setTold] = useState<Told<TeamLife> | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const close = () => {
    const row = heading.current?.closest('li');
    onClose();
    row?.querySelector<HTMLElement>('.why-button')?.focus();
  };
  const ask = () => {
    let asked = true;
    void readTeamLife(teamId).then((answer) => {
      if (asked) setTold(answer);
    });
    return () => {
      asked = false;
    };
  };
  useEffect(ask, [teamId, seats]);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section
      class="why"
      data-testid="why-panel"
      aria-label={`What happened to the seats of ${team}`}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close();
      }}
    >
      <div class="line spread">
        <h3 tabIndex={-1} ref={heading}>
          What happened here
        </h3>
        <span class="line">
          <button class="quiet" onClick={ask} data-testid="why-again">
            Look again
          </button>
          <button class="quiet" onClick={close} data-testid="why-close">
            Close
          </button>
        </span>
      </div>
      {told === null && <p class="hint">Looking it up…</p>}
      {told !== null && !told.ok && <p class="hint">{told.message}</p>}
      {told?.ok && told.value.seats.map((seat) => <Seat key={seat.player_slot} seat={seat} />)}
      {told?.ok && told.value.beginning_is_lost && (
        <p class="hint">The journal of this team is full: what was before its first lines is forgotten.</p>
      )}
    </section>
  );
}

function Seat({ seat }: { seat: SeatLife }) {
  const [all, setAll] = useState(false);
  const newestFirst = [...seat.journal].reverse();
  const shown = all ? newestFirst : newestFirst.slice(0, linesAtFirst);
  return (
    <div class="life" data-testid="life" data-slot={seat.player_slot}>
      <p>
        <strong>Seat {seat.player_slot}.</strong> <span data-testid="life-summary">{seat.summary}</span>
      </p>
      <ol>
        {shown.map((line, index) => (
          <li key={newestFirst.length - index}>
            <time dateTime={line.at}>{clock(new Date(line.at))}</time>
            <span>{line.sentence}</span>
          </li>
        ))}
      </ol>
      {shown.length < newestFirst.length && (
        <button class="quiet" onClick={() => setAll(true)}>
          Show {newestFirst.length - shown.length} earlier lines
        </button>
      )}
    </div>
  );
}
