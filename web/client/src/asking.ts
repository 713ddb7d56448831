import type { Reply } from './types.js';

/** A seat whose phone is dead, and who asks the host for it. */
export interface Asking {
  team_name: string;
  player_slot: number;
  /** Who the player says to be. */
  name: string;
  /** The host has been asked over the present connection; otherwise that is on its way. */
  asked: boolean;
}

/** A seat that waits for its player: the host can be asked for it. */
export interface HeldSeat {
  team_name: string;
  team_id: number | string;
  player_slot: number;
  /** Unix seconds; null for a seat that the host keeps for somebody. */
  disconnect_time: number | null;
}

/** Codes that end a request for a seat. */
export const endsAsking: ReadonlySet<string> = new Set([
  'request_refused',
  'request_over',
  'seat_not_waiting',
]);

/** The rows of `reconnectable_teams` that are somebody's who is away. */
export function heldSeatsFrom(reply: Reply): HeldSeat[] {
  const rows = reply.ok ? [...listed(reply['teams']), ...listed(reply['reserved'])] : [];
  return rows.map((row) => ({
    team_name: row.team_name,
    team_id: row.team_id,
    player_slot: row.player_slot,
    disconnect_time: row.disconnect_time ?? null,
  }));
}

function listed(rows: unknown): HeldSeat[] {
  return Array.isArray(rows) ? (rows as HeldSeat[]) : [];
}
