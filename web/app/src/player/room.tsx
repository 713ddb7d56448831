import type { HoldfastClient, HoldfastState, Seat, SeatView } from '@holdfast/client';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Held } from '../shared/held';
import { MoveOut } from './move';
import { meanwhile, whatNow } from './what_now';

interface Props {
  client: HoldfastClient;
  state: HoldfastState;
  seat: Seat;
}

export function Room({ client, state, seat }: Props) {
  const own = (view: SeatView) => view.player_slot === seat.player_slot;
  const seats = [...(state.team?.seats ?? [])].sort((one, other) => Number(own(other)) - Number(own(one)));
  return (
    <>
      <ul class="seats" aria-label="Seats of your team">
        {seats.map((view) => (
          <SeatCard key={view.player_slot} view={view} own={own(view)} />
        ))}
      </ul>
      <div class={state.question ? 'now-box' : 'now-box card alone'}>
        <p class="now" data-testid="status-message" role="status" aria-live="polite">
          {whatNow(state)}
        </p>
        {!state.question && <p class="hint">{meanwhile(state)}</p>}
        {!state.question && state.notice && <p class="hint">{state.notice}</p>}
      </div>
      {state.question && <Round client={client} state={state} />}
      <MoveOut client={client} />
      <Leave client={client} />
    </>
  );
}

const seatWords = { connected: 'here', away: 'away', vacant: 'free seat' };

function SeatCard({ view, own }: { view: SeatView; own: boolean }) {
  return (
    <li
      class={`seat ${view.state}${own ? ' own' : ''}`}
      data-testid="seat"
      data-slot={view.player_slot}
      data-state={view.state}
    >
      <span class="dot" aria-hidden="true" />
      <span>
        <span class="who">{own ? 'You' : 'Partner'}</span>
        <span class="what">
          {' '}
          {view.state === 'vacant' && view.reserved_for !== undefined ? 'kept' : seatWords[view.state]}
          {view.reserved_for !== undefined && (
            <>
              {view.state === 'vacant' ? ' for ' : ', '}
              <bdi data-testid="seat-name">{view.reserved_for}</bdi>
            </>
          )}
          {view.held_until !== null && (
            <>
              , <Held until={view.held_until} />
            </>
          )}
        </span>
      </span>
    </li>
  );
}

function Round({ client, state }: { client: HoldfastClient; state: HoldfastState }) {
  const { question, myAnswer, game } = state;
  const fresh = useFresh(question?.round_id);
  if (!question) return null;
  // An answer given without a connection is kept and sent when it is back.
  const closed = myAnswer !== null || game.paused || fresh;
  const waits = myAnswer !== null && !myAnswer.confirmed;
  return (
    <>
      <section class="round" aria-labelledby="round">
        <p class="number" id="round" data-testid="round-number" data-round-id={question.round_id}>
          Round {question.round_number}
        </p>
        <p class="item" key={question.round_id} data-testid="item" aria-live="polite">
          {question.item}
        </p>
        <p class="mine" aria-live="polite">
          {myAnswer?.confirmed && (
            <span
              data-testid="my-answer"
              data-answer={myAnswer.answer === null ? '' : String(myAnswer.answer)}
            >
              ✓ You answered{myAnswer.answer === null ? '' : myAnswer.answer ? ' True' : ' False'}
            </span>
          )}
        </p>
      </section>
      <div class="answers" role="group" aria-label="Your answer">
        {[true, false].map((value) => (
          <button
            key={String(value)}
            class={`answer ${value ? 'yes' : 'no'}${myAnswer?.answer === value ? ' chosen' : ''}${waits ? ' waits' : ''}${fresh ? ' fresh' : ''}`}
            data-testid={value ? 'answer-true' : 'answer-false'}
            aria-pressed={myAnswer?.answer === value}
            disabled={closed}
            onClick={() => void client.submitAnswer(value)}
          >
            {value ? 'True' : 'False'}
          </button>
        ))}
      </div>
    </>
  );
}

/** How long a new question is shown before it can be answered: the second half of a double tap is no answer. */
const freshMilliseconds = 350;

function useFresh(round: number | undefined): boolean {
  const [seen, setSeen] = useState(round);
  useEffect(() => {
    const timer = setTimeout(() => setSeen(round), freshMilliseconds);
    return () => clearTimeout(timer);
  }, [round]);
  return seen !== round;
}

function Leave({ client }: { client: HoldfastClient }) {
  const [asking, setAsking] = useState(false);
  if (asking) return <LeaveQuestion client={client} onStay={() => setAsking(false)} />;
  return (
    <button class="quiet leave" data-testid="leave-team" onClick={() => setAsking(true)}>
      Leave the team
    </button>
  );
}

function LeaveQuestion({ client, onStay }: { client: HoldfastClient; onStay: () => void }) {
  const [leaving, setLeaving] = useState(false);
  const stay = useRef<HTMLButtonElement>(null);
  // The harmless choice is the one that Enter takes.
  useEffect(() => stay.current?.focus(), []);
  return (
    <section
      class="card centre leave"
      role="alertdialog"
      aria-labelledby="leave-question"
      onKeyDown={(event) => {
        if (event.key === 'Escape') onStay();
      }}
    >
      <p id="leave-question">
        Give up your seat for good? If you only need a break, just close the page: your seat is kept.
      </p>
      <div class="pair">
        <button ref={stay} data-testid="leave-team-no" onClick={onStay}>
          Stay
        </button>
        <button
          class="danger"
          data-testid="leave-team-yes"
          disabled={leaving}
          onClick={() => {
            setLeaving(true);
            void client.leaveTeam().then(onStay);
          }}
        >
          {leaving ? 'Leaving…' : 'Leave'}
        </button>
      </div>
    </section>
  );
}
