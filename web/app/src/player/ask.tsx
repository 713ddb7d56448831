import type { Asking, HeldSeat, HoldfastClient } from '@holdfast/client';
import { useState } from 'preact/hooks';
import { clock } from '../shared/words';

const longestName = 40;

/** Where the player wants to sit: asks the host for a seat whose phone is dead. */
export function AskIn({ client, disabled }: { client: HoldfastClient; disabled: boolean }) {
  const [seats, setSeats] = useState<HeldSeat[] | null>(null);
  const [chosen, setChosen] = useState('');
  const [name, setName] = useState('');
  const [busy, setBusy] = useState(false);

  async function look(): Promise<void> {
    setBusy(true);
    const found = await client.heldSeats();
    setBusy(false);
    setSeats(found);
    if (found.length === 1) setChosen(keyOf(found[0]!));
    else if (!found.some((seat) => keyOf(seat) === chosen)) setChosen('');
  }

  const seat = seats?.find((one) => keyOf(one) === chosen);
  return (
    <details
      class="card"
      data-testid="ask-in"
      onToggle={(event) => {
        if (event.currentTarget.open && !disabled) void look();
      }}
    >
      <summary>My phone is dead, or the host keeps a seat for me</summary>
      {seats === null || seats.length === 0 ? (
        <>
          <p class="hint">
            {seats === null
              ? 'Looking for seats that wait for their players…'
              : 'No seat waits for its player. When a phone dies, it takes up to a minute until that is noticed.'}
          </p>
          <button data-testid="ask-look" disabled={disabled || busy} onClick={() => void look()}>
            Look again
          </button>
        </>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!seat) return;
            setBusy(true);
            void client.askForSeat(seat.team_name, seat.player_slot, name.trim()).then(() => setBusy(false));
          }}
        >
          <label for="ask-seat">Your seat</label>
          <select
            id="ask-seat"
            data-testid="ask-seat"
            value={chosen}
            onChange={(event) => setChosen(event.currentTarget.value)}
          >
            <option value="">Please choose</option>
            {seats.map((one) => (
              <option key={keyOf(one)} value={keyOf(one)}>
                {one.team_name}, player {one.player_slot},{' '}
                {one.disconnect_time === null
                  ? 'kept by the host'
                  : `away since ${clock(new Date(one.disconnect_time * 1000))}`}
              </option>
            ))}
          </select>
          <label for="ask-name">Who you are, for the host</label>
          <div class="line roomy">
            <input
              id="ask-name"
              data-testid="ask-name"
              value={name}
              maxLength={longestName}
              autocomplete="name"
              enterkeyhint="go"
              dir="auto"
              onInput={(event) => setName(event.currentTarget.value)}
            />
            <button
              type="submit"
              class="primary"
              data-testid="ask-host"
              disabled={disabled || busy || !seat || name.trim() === ''}
            >
              Ask the host
            </button>
          </div>
        </form>
      )}
    </details>
  );
}

/** The host has been asked. */
export function Waiting({ client, asking }: { client: HoldfastClient; asking: Asking }) {
  return (
    <section class="card centre" data-testid="asking">
      <p class="lead">{asking.asked ? 'The host has been asked.' : 'Asking the host…'}</p>
      <p>
        Seat {asking.player_slot} of <bdi>{asking.team_name}</bdi>, for <bdi>{asking.name}</bdi>
      </p>
      <p class="hint">Stay on this page: you are taken to your seat as soon as the host says yes.</p>
      <button data-testid="stop-asking" onClick={() => void client.stopAsking()}>
        Stop asking
      </button>
    </section>
  );
}

function keyOf(seat: HeldSeat): string {
  return `${seat.team_id}/${seat.player_slot}`;
}
