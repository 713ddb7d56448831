import type { Asking } from './asking.js';
import type {
  AnswerConfirmed,
  ConnectionEstablished,
  GameMode,
  Question,
  SeatState,
  SeatTaken,
  TeamListing,
  TeamStatus,
  TeamStatusUpdate,
  WireSeat,
} from './types.js';

/**
 * - `connecting`: on the way to the server, or asking for the seat again
 * - `online`: connected, and what is shown is what the server knows
 * - `offline`: the connection is lost; the seat is held and the client keeps trying
 * - `restarting`: the server has announced a restart
 * - `elsewhere`: the seat is open in another tab or on another device; this one waits for `takeBack()`
 */
export type Connection = 'connecting' | 'online' | 'offline' | 'restarting' | 'elsewhere';

export interface Seat {
  team_name: string;
  team_id: number | string;
  player_slot: number;
}

export interface SeatView {
  player_slot: number;
  state: SeatState;
  /** Milliseconds since 1970 by this device's clock, or null. */
  held_until: number | null;
  /** Whom the host keeps the seat for (while it is vacant), or kept it for until they came. */
  reserved_for?: string | undefined;
}

export interface Team {
  status: TeamStatus | null;
  /** The server says that not everybody is connected. Answers are taken all the same. */
  disable_input: boolean;
  seats: SeatView[];
}

export interface MyAnswer {
  round_id: number;
  /** Null when the server confirmed an answer and did not say which. */
  answer: boolean | null;
  confirmed: boolean;
}

export interface Problem {
  code: string;
  message: string;
  /** Counts up, so that the same problem twice can be told from one shown already. */
  number: number;
}

export interface HoldfastState {
  connection: Connection;
  /** Whether it has been found out, once since the start, if this player has a seat. */
  settled: boolean;
  seat: Seat | null;
  team: Team | null;
  game: { started: boolean; paused: boolean; mode: GameMode | null };
  question: Question | null;
  myAnswer: MyAnswer | null;
  /** The number of the round that was completed last. */
  completedRound: number | null;
  teams: TeamListing[];
  /** The seat the host has been asked for, by `askForSeat`. */
  asking: Asking | null;
  /** The last thing worth telling: a partner who left, a seat that was given up. */
  notice: string | null;
  lastError: Problem | null;
  /** What the host has done to this seat, the team or the game, until it is put away. */
  hostNotice: string | null;
  /**
   * The server is too busy for what was asked, and the client tries again by itself at that time (milliseconds since
   * 1970): the player waits in a queue. Null: not so.
   */
  queue: { until: number } | null;
  /** What `taken_over` said. */
  takenOverMessage: string | null;
  /** Where the seat is open now, while `connection` is `elsewhere`; null: not known. */
  takenOverBy: 'second_tab' | 'other_device' | null;
  server: { seats_per_team: number; grace_seconds: number | null; server_id: string | null; busy: boolean };
}

export const initialState: HoldfastState = {
  connection: 'connecting',
  settled: false,
  seat: null,
  team: null,
  game: { started: false, paused: false, mode: null },
  question: null,
  myAnswer: null,
  completedRound: null,
  teams: [],
  asking: null,
  notice: null,
  lastError: null,
  hostNotice: null,
  queue: null,
  takenOverMessage: null,
  takenOverBy: null,
  server: { seats_per_team: 2, grace_seconds: null, server_id: null, busy: false },
};

/** The state without a seat: back in the lobby. */
export function withoutSeat(state: HoldfastState): HoldfastState {
  return { ...state, seat: null, team: null, question: null, myAnswer: null, completedRound: null };
}

/** What an event of the server makes of the state. `now` is in milliseconds since 1970. Pure. */
export function reduce(state: HoldfastState, event: string, data: unknown, now: number): HoldfastState {
  switch (event) {
    case 'connection_established':
      return established(state, data as ConnectionEstablished);
    case 'team_created':
    case 'team_joined':
      return seated(state, data as SeatTaken, now);
    case 'team_status_update':
      return teamStatus(state, data as TeamStatusUpdate, now);
    case 'teams_updated': {
      const { teams, game_started } = data as { teams?: TeamListing[]; game_started?: boolean };
      return withGame({ ...state, teams: teams ?? state.teams }, { started: game_started });
    }
    case 'player_left':
      return { ...state, notice: (data as { message?: string }).message ?? null };
    case 'host_notice':
      // What the partner is told anyway says the same with fewer words.
      return { ...state, hostNotice: (data as { message?: string }).message ?? null, notice: null };
    case 'game_grace_changed': {
      const { grace_seconds, message } = data as { grace_seconds?: number; message?: string };
      const server = { ...state.server, grace_seconds: grace_seconds ?? state.server.grace_seconds };
      return { ...state, server, hostNotice: message ?? state.hostNotice };
    }
    case 'left_team_success':
      return { ...withoutSeat(state), notice: (data as { message?: string }).message ?? null };
    case 'game_start':
    case 'game_state_changed':
      return withGame(state, { started: (data as { game_started?: boolean }).game_started });
    case 'game_state_update':
      return withGame(state, { paused: (data as { paused?: boolean }).paused });
    case 'game_mode_changed':
      return withGame(state, { mode: (data as { mode?: GameMode }).mode });
    case 'game_reset':
      return withGame({ ...state, question: null, myAnswer: null, completedRound: null }, { paused: false });
    case 'new_question': {
      const { round_id, round_number, item } = data as Question;
      const same = state.myAnswer?.round_id === round_id;
      return {
        ...state,
        question: { round_id, round_number, item },
        myAnswer: same ? state.myAnswer : null,
        game: { ...state.game, started: true },
      };
    }
    case 'answer_confirmed':
      return answerConfirmed(state, data as AnswerConfirmed);
    case 'round_complete':
      return { ...state, completedRound: (data as { round_number?: number }).round_number ?? null };
    default:
      return state;
  }
}

function established(state: HoldfastState, data: ConnectionEstablished): HoldfastState {
  return withGame(
    {
      ...state,
      teams: data.available_teams ?? state.teams,
      server: {
        seats_per_team: data.seats_per_team ?? state.server.seats_per_team,
        grace_seconds: data.grace_seconds ?? state.server.grace_seconds,
        server_id: data.server_id ?? state.server.server_id,
        busy: data.connection_stable === false,
      },
    },
    { started: data.game_started, mode: data.game_mode },
  );
}

function seated(state: HoldfastState, data: SeatTaken, now: number): HoldfastState {
  const { team_name, team_id, player_slot } = data;
  const same = state.seat?.team_id === team_id && state.seat.player_slot === player_slot;
  const before = same ? state : withoutSeat(state);
  return withGame(
    {
      ...before,
      seat: { team_name, team_id, player_slot },
      team: {
        status: data.team_status ?? before.team?.status ?? null,
        disable_input: before.team?.disable_input ?? true,
        seats: data.seats ? seatsFrom(data.seats, now) : (before.team?.seats ?? []),
      },
      asking: null,
      notice: null,
      lastError: null,
      takenOverMessage: null,
      takenOverBy: null,
    },
    // Whoever sits down in a pause is told of it right after this. One that was known of before may have ended meanwhile.
    { started: data.game_started, mode: data.game_mode, paused: false },
  );
}

function teamStatus(state: HoldfastState, data: TeamStatusUpdate, now: number): HoldfastState {
  if (!state.seat || (data.team_name !== undefined && data.team_name !== state.seat.team_name)) return state;
  const disabled = data.disable_input ?? data.status !== 'full';
  const seats = data.seats
    ? seatsFrom(data.seats, now)
    : guessedSeats(state.server.seats_per_team, state.seat.player_slot, data.status, disabled);
  const complete = data.status === 'full' && !disabled;
  return withGame(
    {
      ...state,
      team: { status: data.status, disable_input: disabled, seats },
      notice: complete ? null : state.notice,
    },
    { started: data.game_started },
  );
}

function answerConfirmed(state: HoldfastState, data: AnswerConfirmed): HoldfastState {
  const round = data.round_id ?? state.question?.round_id;
  if (round === undefined || (state.question && round !== state.question.round_id)) return state;
  const mine = state.myAnswer?.round_id === round ? state.myAnswer.answer : null;
  return { ...state, myAnswer: { round_id: round, answer: data.answer ?? mine, confirmed: true } };
}

function withGame(
  state: HoldfastState,
  change: { started?: boolean | undefined; paused?: boolean | undefined; mode?: GameMode | undefined },
): HoldfastState {
  const { started = state.game.started, paused = state.game.paused, mode = state.game.mode } = change;
  return { ...state, game: { started, paused, mode } };
}

/** Seats as this device can count them down. */
export function seatsFrom(seats: WireSeat[], now: number): SeatView[] {
  return seats.map(({ player_slot, state, held_for_seconds, reserved_for }) => ({
    player_slot,
    state,
    held_until: state === 'away' && held_for_seconds !== null ? now + held_for_seconds * 1000 : null,
    reserved_for,
  }));
}

/** What can be said about the seats when the server sends no list of them. */
function guessedSeats(count: number, own: number, status: TeamStatus, disabled: boolean): SeatView[] {
  const others: SeatState = status !== 'full' ? 'vacant' : disabled ? 'away' : 'connected';
  return Array.from({ length: count }, (_, index) => ({
    player_slot: index + 1,
    state: index + 1 === own ? ('connected' as const) : others,
    held_until: null,
  }));
}
