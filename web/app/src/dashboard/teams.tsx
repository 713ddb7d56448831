import {
  seatsFrom,
  type Board,
  type BoardTeam,
  type GameMode,
  type HostClient,
  type SeatView,
} from '@holdfast/client';
import { memo } from 'preact/compat';
import { useMemo, useState } from 'preact/hooks';
import { Ask } from '../shared/ask';
import { Held } from '../shared/held';
import { count, decimal } from '../shared/words';
import { chsh, teamTotals } from './chsh';
import { SeatTools } from './seat-tools';
import { Why, WhyButton } from './why';

const rowsPerPage = 50;
type Order = 'name' | 'attention' | 'value';
const statusWords: Record<string, string> = {
  active: 'playing',
  waiting_pair: 'waiting',
  inactive: 'dissolved',
};

export function Teams({ host, board }: { host: HostClient; board: Board }) {
  const [filter, setFilter] = useState('');
  const [order, setOrder] = useState<Order>('attention');
  const [page, setPage] = useState(0);
  const wanted = filter.trim().toLowerCase();
  const shown = useMemo(() => {
    const all = [...board.teams.values()];
    const matching =
      wanted === '' ? all : all.filter((team) => team.team_name.toLowerCase().includes(wanted));
    return sorted(matching, order, board.mode);
  }, [board.teams, board.mode, wanted, order]);
  const pages = Math.max(1, Math.ceil(shown.length / rowsPerPage));
  const at = Math.min(page, pages - 1);
  const rows = shown.slice(at * rowsPerPage, (at + 1) * rowsPerPage);
  return (
    <section class="card">
      <div class="line spread">
        <h2>{count(board.teams.size, 'team', 'teams')}</h2>
        <span class="line tools">
          <input
            type="search"
            aria-label="Find a team"
            placeholder="Find a team"
            data-testid="team-filter"
            value={filter}
            onInput={(event) => {
              setFilter(event.currentTarget.value);
              setPage(0);
            }}
          />
          <select
            aria-label="Order of the teams"
            value={order}
            onChange={(event) => setOrder(event.currentTarget.value as Order)}
          >
            <option value="attention">who needs help first</option>
            <option value="name">by name</option>
            <option value="value">by S</option>
          </select>
        </span>
      </div>
      {board.teams.size === 0 && <p class="hint">Nobody is here yet. Players scan the code above.</p>}
      {board.teams.size > 0 && rows.length === 0 && <p class="hint">No team has this in its name.</p>}
      <ul class="rows">
        {rows.map((team) => (
          <Row
            key={team.team_id}
            host={host}
            team={team}
            mode={board.mode}
            received={board.received.get(String(team.team_id)) ?? 0}
          />
        ))}
      </ul>
      {pages > 1 && (
        <nav class="line centred" aria-label="Pages of teams">
          <button disabled={at === 0} onClick={() => setPage(at - 1)}>
            Back
          </button>
          <span>
            {at + 1} of {pages}
          </span>
          <button disabled={at === pages - 1} onClick={() => setPage(at + 1)}>
            Next
          </button>
        </nav>
      )}
    </section>
  );
}

/** Teams with somebody missing come first, dissolved ones last; within that by name. */
function sorted(teams: BoardTeam[], order: Order, mode: GameMode): BoardTeam[] {
  const value = (team: BoardTeam) => chsh(teamTotals(team, mode)).value ?? -Infinity;
  const keyed = teams.map((team) => ({
    team,
    key: order === 'attention' ? attention(team) : order === 'value' ? -value(team) : 0,
  }));
  const names = new Intl.Collator(undefined, { numeric: true });
  keyed.sort(
    (one, other) => compare(one.key, other.key) || names.compare(one.team.team_name, other.team.team_name),
  );
  return keyed.map(({ team }) => team);
}

/** Not a difference: infinity minus infinity is no number. */
function compare(one: number, other: number): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function attention(team: BoardTeam): number {
  if (!team.is_active) return 3;
  if (team.seats?.some((seat) => seat.state === 'away')) return 0;
  return team.status === 'waiting_pair' ? 1 : 2;
}

interface RowProps {
  host: HostClient;
  team: BoardTeam;
  mode: GameMode;
  received: number;
}

const Row = memo(function Row({ host, team, mode, received }: RowProps) {
  const [asking, setAsking] = useState<number | null>(null);
  const [open, setOpen] = useState<number | null>(null);
  const [why, setWhy] = useState(false);
  const { value, error } = chsh(teamTotals(team, mode));
  const seats = seatsOf(team, received);
  const opened = seats.find((seat) => seat.player_slot === open && seat.state !== 'vacant');
  return (
    <li class={`row ${team.status}`} data-testid="team-row" data-team={team.team_name}>
      <bdi class="name">{team.team_name}</bdi>
      <span class="small-seats">
        {seats.map((seat) => (
          <Chip
            key={seat.player_slot}
            seat={seat}
            onFree={() => setAsking(seat.player_slot)}
            onOpen={() => setOpen(open === seat.player_slot ? null : seat.player_slot)}
          />
        ))}
        <WhyButton team={team.team_name} open={why} onToggle={() => setWhy(!why)} />
        {opened && (
          <SeatTools
            host={host}
            team={team}
            seat={opened}
            onFree={() => {
              setOpen(null);
              setAsking(opened.player_slot);
            }}
            onClose={() => setOpen(null)}
          />
        )}
        {asking !== null && (
          <Ask
            question={`Free seat ${asking} for somebody else? Its player cannot come back into it.`}
            yes="Free"
            testId="free-seat"
            onNo={() => setAsking(null)}
            onYes={() => {
              setAsking(null);
              void host.releaseSeat(team.team_id, asking);
            }}
          />
        )}
      </span>
      <span class="status">{statusWords[team.status] ?? team.status}</span>
      <span class="round-cell">round {team.current_round_number}</span>
      <span class="s">
        {value === null || error === null ? 'S –' : `S ${decimal(value, 2)} ± ${decimal(error, 2)}`}
      </span>
      {why && (
        <Why
          teamId={team.team_id}
          team={team.team_name}
          seats={seats.map((seat) => seat.state).join()}
          onClose={() => setWhy(false)}
        />
      )}
    </li>
  );
});

const seatWords = { connected: 'here', away: 'away', vacant: 'free' };

interface ChipProps {
  seat: SeatView;
  onFree: () => void;
  onOpen: () => void;
}

function Chip({ seat, onFree, onOpen }: ChipProps) {
  return (
    <span
      class={`chip ${seat.state}`}
      data-testid="seat"
      data-slot={seat.player_slot}
      data-state={seat.state}
    >
      <span class="dot" aria-hidden="true" />
      {seat.player_slot}{' '}
      {seat.state === 'vacant' && seat.reserved_for !== undefined ? 'kept' : seatWords[seat.state]}
      {seat.reserved_for !== undefined && (
        <>
          {seat.state === 'vacant' ? ' for ' : ', '}
          <bdi>{seat.reserved_for}</bdi>
        </>
      )}
      {seat.held_until !== null && (
        <>
          , <Held until={seat.held_until} />
        </>
      )}
      {seat.state !== 'vacant' && (
        <button
          class="more"
          data-testid="seat-menu"
          aria-label={`More for seat ${seat.player_slot}`}
          onClick={onOpen}
        >
          more
        </button>
      )}
      {seat.state === 'away' && (
        <button
          class="free"
          data-testid="free-seat"
          aria-label={`Free seat ${seat.player_slot}`}
          onClick={onFree}
        >
          free
        </button>
      )}
    </span>
  );
}

/** The seats that the server lists, or what the public labels say about them. */
function seatsOf(team: BoardTeam, received: number): SeatView[] {
  if (team.seats) return seatsFrom(team.seats, received);
  return [team.player1_sid, team.player2_sid].map((label, index) => ({
    player_slot: index + 1,
    state: label ? 'connected' : 'vacant',
    held_until: null,
  }));
}
