/** Somebody asks for a seat from a new phone; the host decides. */
export interface SeatRequest {
  request_id: number;
  team_id: number | string;
  team_name: string;
  player_slot: number;
  /** Who they say to be. Show it as text. */
  name: string;
  /** False while the asking page has no connection: wait for it. */
  is_connected: boolean;
  asked_seconds: number;
  /** How long the seat has been away. */
  away_seconds: number;
  away_because: string;
  /** The host keeps the seat for somebody; nobody is away from it. */
  is_reserved: boolean;
  /** When the device that has the seat was seen last, in Unix seconds. */
  last_seen: number;
  /** How many requests wait that came from the same address, this one included. */
  requests_from_address: number;
}

/** A device that the host has banned. */
export interface Ban {
  ban_id: number;
  /** Where it sat then. */
  team_id: number | string;
  team_name: string;
  player_slot: number;
  /** Unix seconds. */
  banned_at: number;
}

/** A seat that the host keeps for somebody who has not come yet. */
export interface Reservation {
  team_id: number | string;
  team_name: string;
  player_slot: number;
  name: string;
  /** One-time; `claimSeat` with it takes the seat. */
  code: string;
  /** Unix seconds. */
  reserved_at: number;
}

/** Who claims which seat, as `seat_claims` tells the hosts. */
export interface Claims {
  requests: SeatRequest[];
  bans: Ban[];
  reservations: Reservation[];
  /** When it was received, in milliseconds since 1970: the seconds in it count on from there. */
  received: number;
}

export const noClaims: Claims = { requests: [], bans: [], reservations: [], received: 0 };

export function claimsFrom(data: unknown, now: number): Claims {
  const { requests, bans, reservations } = (data ?? {}) as Partial<Claims>;
  return {
    requests: listed(requests),
    bans: listed(bans),
    reservations: listed(reservations),
    received: now,
  };
}

function listed<Row>(rows: Row[] | undefined): Row[] {
  return Array.isArray(rows) ? rows : [];
}
