import type { GameMode, WireSeat } from './types.js';

/** `[sum or successes, rounds]` of a pair of items. */
export type Cell = [number, number];
export type Matrix = Cell[][];

/** What hosts are told of a team. Only what the bundled dashboard uses is named; the contract has more. */
export interface BoardTeam {
  team_name: string;
  team_id: number | string;
  is_active: boolean;
  status: 'active' | 'waiting_pair' | 'inactive' | string;
  current_round_number: number;
  created_at?: number | string;
  game_mode?: GameMode;
  player1_sid?: string | null;
  player2_sid?: string | null;
  min_stats_sig?: boolean;
  correlation_labels?: string[];
  classic_matrix?: Matrix;
  new_matrix?: Matrix;
  seats?: WireSeat[];
}

/** For how long a seat is held that falls away now, and how long unless the host says otherwise. */
interface Grace {
  grace_seconds?: number;
  configured_grace_seconds?: number;
}

export interface BoardUpdate {
  teams?: BoardTeam[];
  total_answers_count?: number;
  connected_players_count?: number;
  active_teams_count?: number;
  ready_players_count?: number;
  game_state?: { started: boolean; paused: boolean; streaming_enabled?: boolean; mode: GameMode } & Grace;
  players_url?: string;
}

export interface Board {
  /** By `team_id` as text, in the order of arrival. */
  teams: ReadonlyMap<string, BoardTeam>;
  /** When the rows arrived, by the same key: seats count down from there. Milliseconds since 1970. */
  received: ReadonlyMap<string, number>;
  answers: number;
  players: number;
  activeTeams: number;
  readyPlayers: number;
  started: boolean;
  paused: boolean;
  mode: GameMode;
  playersUrl: string | null;
  /** For how long a seat is held that falls away now; null when the server does not say. */
  graceSeconds: number | null;
  configuredGraceSeconds: number | null;
}

export const emptyBoard: Board = {
  teams: new Map(),
  received: new Map(),
  answers: 0,
  players: 0,
  activeTeams: 0,
  readyPlayers: 0,
  started: false,
  paused: false,
  mode: 'new',
  playersUrl: null,
  graceSeconds: null,
  configuredGraceSeconds: null,
};

/** A whole board: the teams that it names are all there are. Pure. */
export function replaceBoard(board: Board, update: BoardUpdate, now: number): Board {
  const streams = update.game_state?.streaming_enabled !== false || (update.teams?.length ?? 0) > 0;
  const empty = { ...board, teams: new Map(), received: new Map() };
  return mergeBoard(update.teams && streams ? empty : board, update, now);
}

/** A change: teams that it does not name stay as they are. Pure. */
export function mergeBoard(board: Board, update: BoardUpdate, now: number): Board {
  let { teams, received } = board;
  if (update.teams && update.teams.length > 0) {
    const newTeams = new Map(teams);
    const newReceived = new Map(received);
    for (const team of update.teams) {
      newTeams.set(String(team.team_id), team);
      newReceived.set(String(team.team_id), now);
    }
    teams = newTeams;
    received = newReceived;
  }
  return {
    teams,
    received,
    answers: update.total_answers_count ?? board.answers,
    players: update.connected_players_count ?? board.players,
    activeTeams: update.active_teams_count ?? board.activeTeams,
    readyPlayers: update.ready_players_count ?? board.readyPlayers,
    started: update.game_state?.started ?? board.started,
    paused: update.game_state?.paused ?? board.paused,
    mode: update.game_state?.mode ?? board.mode,
    playersUrl: update.players_url ?? board.playersUrl,
    graceSeconds: update.game_state?.grace_seconds ?? board.graceSeconds,
    configuredGraceSeconds: update.game_state?.configured_grace_seconds ?? board.configuredGraceSeconds,
  };
}
