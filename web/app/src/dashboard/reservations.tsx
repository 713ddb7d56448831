import type { HostClient, Reservation } from '@holdfast/client';
import { useState } from 'preact/hooks';
import { Ask } from '../shared/ask';
import { QrPicture } from '../shared/qr-picture';

const longestName = 40;

interface Props {
  host: HostClient;
  reservations: Reservation[];
  /** The address of the players' page. */
  base: string;
}

/** Seats that are kept for somebody, each with the code that takes it. */
export function Reservations({ host, reservations, base }: Props) {
  const [team, setTeam] = useState('');
  const [name, setName] = useState('');
  const [busy, setBusy] = useState(false);
  return (
    <section class="card" data-testid="reservations" aria-label="Seats kept for somebody">
      <h2>Keep a seat for somebody</h2>
      {reservations.length === 0 && (
        <p class="hint">Nobody else can take it. Who it is for comes in with a code that you hand out.</p>
      )}
      <form
        class="line roomy"
        onSubmit={(event) => {
          event.preventDefault();
          setBusy(true);
          void host.reserveSeat(team.trim(), name.trim()).then((reply) => {
            setBusy(false);
            if (reply.ok) setName('');
          });
        }}
      >
        <input
          aria-label="Team, also a new one"
          placeholder="Team, also a new one"
          data-testid="reserve-team"
          value={team}
          maxLength={longestName}
          dir="auto"
          onInput={(event) => setTeam(event.currentTarget.value)}
        />
        <input
          aria-label="For whom"
          placeholder="For whom"
          data-testid="reserve-name"
          value={name}
          maxLength={longestName}
          dir="auto"
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button
          type="submit"
          class="primary"
          data-testid="reserve"
          disabled={busy || team.trim() === '' || name.trim() === ''}
        >
          Keep a seat
        </button>
      </form>
      <ul class="rows">
        {reservations.map((one) => (
          <Row key={`${one.team_id}/${one.player_slot}`} host={host} one={one} base={base} />
        ))}
      </ul>
    </section>
  );
}

function Row({ host, one, base }: { host: HostClient; one: Reservation; base: string }) {
  const [asking, setAsking] = useState(false);
  const [shown, setShown] = useState(false);
  return (
    <li class="claim" data-testid="reservation" data-team={one.team_name} data-slot={one.player_slot}>
      <p>
        Seat {one.player_slot} of <bdi class="name">{one.team_name}</bdi> is kept for{' '}
        <bdi class="name">{one.name}</bdi>. The code for them, good once:{' '}
        <strong data-testid="reservation-code">{one.code}</strong>
      </p>
      {shown && <QrPicture url={`${base}#move=${one.code}`} />}
      {asking ? (
        <Ask
          question="Give the seat free? The code ends."
          yes="Withdraw"
          testId="withdraw"
          onYes={() => {
            setAsking(false);
            void host.withdrawReservation(one.team_id, one.player_slot);
          }}
          onNo={() => setAsking(false)}
        />
      ) : (
        <span class="line">
          <button data-testid="reservation-qr" aria-expanded={shown} onClick={() => setShown(!shown)}>
            {shown ? 'Hide' : 'QR code'}
          </button>
          <button data-testid="withdraw" onClick={() => setAsking(true)}>
            Withdraw…
          </button>
        </span>
      )}
    </li>
  );
}
