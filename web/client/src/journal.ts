/** What seats went through, for whoever is logged in as the host. */

export interface JournalLine {
  /** ISO 8601, UTC. */
  at: string;
  player_slot: number;
  /** Codes, for those who count; `sentence` is for people. */
  what: string;
  reason: string;
  /** How long the player had been away, when this line ended an absence. */
  away_seconds: number | null;
  sentence: string;
}

export interface SeatLife {
  player_slot: number;
  state: 'vacant' | 'connected' | 'away';
  since: string;
  summary: string;
  /** Oldest first. */
  journal: JournalLine[];
}

export interface TeamLife {
  team: { team_id: number; team_name: string; is_active: boolean };
  /** The journal is full: what was before its first line has been forgotten. */
  beginning_is_lost: boolean;
  seats: SeatLife[];
}

export interface ReportPoint {
  /** Milliseconds since 1970. */
  at: number;
  drops: number;
  returns: number;
  lost: number;
  /** Seats that were away at the end of the point. */
  away: number;
}

export interface Report {
  /** Null when the journal has nothing to tell of that time. */
  from: string | null;
  until: string | null;
  entries: number;
  drops: number;
  drops_by_cause: Record<string, number>;
  returns: number;
  returns_by_way: Record<string, number>;
  /** Of the absences that are over, the share that ended with a return. */
  share_of_returns: number | null;
  time_away: {
    count: number;
    median_seconds: number;
    ninth_decile_seconds: number;
    longest_seconds: number;
    histogram: Record<string, number>;
  };
  away_at_end: number;
  refused: number;
  refused_by_reason: Record<string, number>;
  seats_lost: number;
  worst: { from: string; minutes: number; drops: number; drops_by_cause: Record<string, number> } | null;
  troubled_teams: {
    team_id: number;
    team_name: string;
    drops: number;
    seats_lost: number;
    refused: number;
    away_seconds: number;
  }[];
  point_seconds: number;
  points: ReportPoint[];
  full_journals: number;
  beginning_is_cut: boolean;
  /** What the codes in it mean. */
  words: Record<string, string>;
}

export type Told<Value> = { ok: true; value: Value } | { ok: false; message: string };

/** The lives of a team's seats, in words. */
export function readTeamLife(teamId: number | string, url = ''): Promise<Told<TeamLife>> {
  return read(`${url}/api/host/journal?team=${encodeURIComponent(teamId)}`);
}

/** The figures of the last so many minutes, or of the last session. */
export function readReport(minutes: number | null, url = ''): Promise<Told<Report>> {
  return read(`${url}/api/host/report${minutes === null ? '' : `?minutes=${minutes}`}`);
}

/** Where a browser downloads the journal or the report from. */
export function downloadAddress(
  what: 'journal' | 'report',
  format: 'csv' | 'json',
  minutes: number | null = null,
  url = '',
): string {
  const range = what === 'report' && minutes !== null ? `&minutes=${minutes}` : '';
  return `${url}/api/host/${what}?format=${format}&download=1${range}`;
}

async function read<Value>(address: string): Promise<Told<Value>> {
  try {
    const response = await fetch(address, { credentials: 'same-origin' });
    if (response.ok) return { ok: true, value: (await response.json()) as Value };
    if (response.status === 401) return { ok: false, message: 'Please log in with the host key again.' };
    const refusal = (await response.json().catch(() => null)) as { message?: string } | null;
    return { ok: false, message: refusal?.message ?? 'The server cannot tell that at the moment.' };
  } catch {
    return { ok: false, message: 'The server cannot be reached. Check the connection and try again.' };
  }
}
