// The words on the wire, as the server's contract names them.

export type GameMode = "classic" | "new";
export type SeatState = "vacant" | "connected" | "away";

export interface SeatStatus {
    player_slot: number;
    state: SeatState;
    /** While away: how long the seat is still held, counted from the moment this was sent. */
    held_for_seconds: number | null;
}

export interface TeamListing {
    team_name: string;
    team_id: number;
    is_active: boolean;
}

export interface Seated {
    team_name: string;
    team_id: number;
    player_slot: number;
    message: string;
    game_started: boolean;
    game_mode: GameMode;
    is_reactivated?: boolean;
    is_reconnection?: boolean;
    team_status?: string;
    seats?: SeatStatus[];
}

export interface TeamStatus {
    team_name: string;
    status: "created" | "waiting_pair" | "full";
    members: string[];
    game_started: boolean;
    disable_input: boolean;
    seats?: SeatStatus[];
}

export interface Question {
    round_id: number;
    round_number: number;
    item: string;
}

export interface Reconnectable {
    team_name: string;
    team_id: number;
    player_slot: number;
    disconnect_time: number;
    has_token: boolean;
    reconnection_token?: string;
}

export interface Refused {
    ok: false;
    code: string;
    message: string;
}
export type Answered = { ok: true; event?: string } & Record<string, unknown>;
export type Reply = Answered | Refused;

/** With one of these a token is of no more use. Every other refusal leaves it as good as it was. */
export const tokenIsUseless = new Set(["token_unknown", "token_expired", "token_retired", "seat_released"]);
/** With one of these the same command may succeed a little later. */
export const tryAgainLater = new Set(["store_unavailable", "rate_limited", "overloaded", "shutting_down"]);
