// What a front end needs to draw: one plain value, replaced whenever something changes.
import type { GameMode, Question, SeatStatus, TeamListing } from "./protocol";

/**
 * connecting: for the first time; online; offline: the client keeps trying; restarting: the server said that it goes down and
 * comes back; elsewhere: a newer tab or device has the seat.
 */
export type ConnectionState = "connecting" | "online" | "offline" | "restarting" | "elsewhere";

export interface OwnSeat {
    teamName: string;
    teamId: number;
    slot: number;
}

export interface SeatOnScreen extends SeatStatus {
    /** While away: the time (of Date.now) until which the seat is held. */
    heldUntil: number | null;
}

export interface HoldfastState {
    connection: ConnectionState;
    /** Whether the question "do I have a seat?" has been answered since the page was opened. */
    settled: boolean;
    /** The server sheds load: strangers should come back later. */
    connectionStable: boolean;
    seat: OwnSeat | null;
    seats: SeatOnScreen[];
    inputDisabled: boolean;
    game: { started: boolean; paused: boolean; mode: GameMode };
    question: Question | null;
    answer: boolean | null;
    /** An answer that has been given and is not confirmed yet. */
    pendingAnswer: boolean | null;
    teams: TeamListing[];
    notice: string | null;
    error: { code: string; message: string } | null;
}

export const initialState: HoldfastState = {
    connection: "connecting",
    settled: false,
    connectionStable: true,
    seat: null,
    seats: [],
    inputDisabled: true,
    game: { started: false, paused: false, mode: "new" },
    question: null,
    answer: null,
    pendingAnswer: null,
    teams: [],
    notice: null,
    error: null,
};

export class Observable<Value> {
    private readonly listeners = new Set<(value: Value) => void>();

    constructor(private current: Value) {}

    get value(): Value {
        return this.current;
    }

    set value(value: Value) {
        this.current = value;
        for (const listener of [...this.listeners]) listener(value);
    }

    /** Calls the listener at once and after each change; gives the function that ends it. */
    subscribe(listener: (value: Value) => void): () => void {
        this.listeners.add(listener);
        listener(this.current);
        return () => this.listeners.delete(listener);
    }
}
