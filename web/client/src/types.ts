/** What goes over the wire. Fields that only newer servers send are optional. */

export type SeatState = 'vacant' | 'connected' | 'away';
export type GameMode = 'classic' | 'new';
export type Item = 'A' | 'B' | 'X' | 'Y';

export interface WireSeat {
  player_slot: number;
  state: SeatState;
  /** How long an away seat is still held, counted from the time of sending; null when it is not away. */
  held_for_seconds: number | null;
  /** Whom the host keeps the seat for, or kept it for until they came. */
  reserved_for?: string;
}

/** A row of the lobby: a team with a vacant seat, or a dissolved one (`is_active` false). */
export interface TeamListing {
  team_name: string;
  team_id: number | string;
  is_active: boolean;
}

export interface ConnectionEstablished {
  game_started?: boolean;
  available_teams?: TeamListing[];
  game_mode?: GameMode;
  /** False while the server sheds load and this device holds no seat. */
  connection_stable?: boolean;
  /** Then: the time after which to ask for anything. */
  retry_after_ms?: number;
  seats_per_team?: number;
  grace_seconds?: number;
  server_id?: string;
}

/** `team_created` and `team_joined`. */
export interface SeatTaken {
  team_name: string;
  team_id: number | string;
  player_slot: number;
  message?: string;
  game_started?: boolean;
  game_mode?: GameMode;
  team_status?: TeamStatus;
  is_reconnection?: boolean;
  is_reactivated?: boolean;
  seats?: WireSeat[];
}

export type TeamStatus = 'created' | 'waiting_pair' | 'full';

export interface TeamStatusUpdate {
  team_name: string;
  status: TeamStatus;
  members?: unknown[];
  game_started?: boolean;
  disable_input?: boolean;
  seats?: WireSeat[];
}

export interface ReconnectionToken {
  token: string;
  team_name: string;
  player_slot: number;
  expires_in?: number;
}

export interface ReconnectableTeam {
  team_name: string;
  team_id: number | string;
  disconnect_time: number;
  player_slot: number;
  has_token: boolean;
  /** Only for a seat that this device holds. */
  reconnection_token?: string;
}

export interface Question {
  round_id: number;
  round_number: number;
  item: string;
}

export interface AnswerConfirmed {
  message?: string;
  round_id?: number;
  item?: string;
  answer?: boolean;
}

/** What `get_move_code` is answered with: brings the seat to the phone that shows the code. */
export interface MoveCode {
  code: string;
  /** How many seconds it is good. */
  expires_in: number;
}

export interface TakenOver {
  team_name?: string;
  player_slot?: number;
  message?: string;
  /** Who has the seat now. Left out when that is not known. */
  by?: 'second_tab' | 'other_device' | 'reload' | 'new_connection';
}

export interface ServerError {
  code?: string;
  message?: string;
  retry_after_ms?: number;
}

/** What a command is answered with. The fields of the answering event come along. */
export type Reply = ({ ok: true; event?: string } & Record<string, unknown>) | Refusal;

/**
 * `code` is one of the server's closed list, or one of this client's own: `no_answer` (given up waiting),
 * `closed` (the client was stopped).
 */
export interface Refusal {
  ok: false;
  code: string;
  message: string;
  /** With `overloaded` and `rate_limited`: how long the server asks to wait before the next try. */
  retry_after_ms?: number;
}

/** The token is of no more use: forget it. */
export const uselessTokenCodes: ReadonlySet<string> = new Set([
  'token_unknown',
  'token_expired',
  'token_retired',
  'seat_released',
  'seat_expired',
  'seat_moved',
  'device_banned',
]);

/** The server could not do it now, nothing has changed, and the same request may work in a moment. */
export const transientCodes: ReadonlySet<string> = new Set([
  'store_unavailable',
  'rate_limited',
  'overloaded',
  'shutting_down',
]);

/** True when an error says that the token is of no more use. Servers without codes say so in their message. */
export function tellsTokenIsUseless(error: ServerError): boolean {
  if (error.code !== undefined) return uselessTokenCodes.has(error.code);
  return /token|reconnection/i.test(error.message ?? '');
}
