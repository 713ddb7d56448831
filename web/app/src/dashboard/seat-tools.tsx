import type { Board, BoardTeam, HostClient, SeatView } from '@holdfast/client';
import { useState } from 'preact/hooks';
import { Ask } from '../shared/ask';

interface Props {
  host: HostClient;
  team: BoardTeam;
  seat: SeatView;
  onFree: () => void;
  onClose: () => void;
}

const holds = [
  { seconds: 600, words: '10 minutes' },
  { seconds: 1800, words: '30 minutes' },
  { seconds: 3600, words: '1 hour' },
];

/** What the host can do with a seat that somebody has. Each is asked once before it is done. */
export function SeatTools({ host, team, seat, onFree, onClose }: Props) {
  const [asking, setAsking] = useState<'move' | 'hold' | 'ban' | null>(null);
  const places = vacantPlaces(host.state.get().board);
  const [chosen, setChosen] = useState('');
  const [seconds, setSeconds] = useState(holds[0]!.seconds);
  const place = places.find(({ key }) => key === chosen) ?? places[0];
  const { player_slot } = seat;
  const act = (deed: () => Promise<unknown>) => {
    onClose();
    void deed();
  };
  if (asking === 'move' && place) {
    return (
      <Ask
        question={`Move the player of seat ${player_slot} to ${place.words}?`}
        yes="Move"
        testId="move-player"
        onYes={() => act(() => host.movePlayer(team.team_id, player_slot, place.team_id, place.player_slot))}
        onNo={() => setAsking(null)}
      />
    );
  }
  if (asking === 'hold') {
    const words = holds.find((hold) => hold.seconds === seconds)?.words ?? '';
    return (
      <Ask
        question={`Hold seat ${player_slot} for ${words} more?`}
        yes="Hold"
        testId="extend-hold"
        onYes={() => act(() => host.extendHold(team.team_id, player_slot, seconds))}
        onNo={() => setAsking(null)}
      />
    );
  }
  if (asking === 'ban') {
    return (
      <Ask
        question={`Take seat ${player_slot} from its device and let it take no other one?`}
        yes="Ban"
        testId="ban-device"
        onYes={() => act(() => host.banDevice(team.team_id, player_slot))}
        onNo={() => setAsking(null)}
      />
    );
  }
  return (
    <span
      class="line seat-tools"
      role="group"
      aria-label={`Seat ${player_slot} of ${team.team_name}`}
      data-testid="seat-tools"
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <span>Seat {player_slot}:</span>
      {place ? (
        <>
          <select
            aria-label="Where to"
            data-testid="move-where"
            value={place.key}
            onChange={(event) => setChosen(event.currentTarget.value)}
          >
            {places.map(({ key, words }) => (
              <option key={key} value={key}>
                {words}
              </option>
            ))}
          </select>
          <button data-testid="move-player" onClick={() => setAsking('move')}>
            Move…
          </button>
        </>
      ) : (
        <span class="hint">No seat is free to move to.</span>
      )}
      {seat.state === 'away' && (
        <>
          <select
            aria-label="For how long"
            data-testid="hold-how-long"
            value={String(seconds)}
            onChange={(event) => setSeconds(Number(event.currentTarget.value))}
          >
            {holds.map((hold) => (
              <option key={hold.seconds} value={String(hold.seconds)}>
                {hold.words} more
              </option>
            ))}
          </select>
          <button data-testid="extend-hold" onClick={() => setAsking('hold')}>
            Hold longer…
          </button>
        </>
      )}
      <button data-testid="free-this-seat" onClick={onFree}>
        Free…
      </button>
      <button data-testid="ban-device" onClick={() => setAsking('ban')}>
        Ban…
      </button>
      <button data-testid="seat-tools-close" onClick={onClose}>
        Close
      </button>
    </span>
  );
}

/** Seats that somebody can be moved to. */
export function vacantPlaces(board: Board) {
  return [...board.teams.values()]
    .filter((team) => team.is_active)
    .sort((one, other) => one.team_name.localeCompare(other.team_name, undefined, { numeric: true }))
    .flatMap((team) =>
      (team.seats ?? [])
        .filter((seat) => seat.state === 'vacant' && seat.reserved_for === undefined)
        .map(({ player_slot }) => ({
          key: `${team.team_id}/${player_slot}`,
          team_id: team.team_id,
          player_slot,
          words: `${team.team_name}, seat ${player_slot}`,
        })),
    );
}
