// The host's connection: what the dashboard shows, and what the host can do.
import { io, type Socket } from "socket.io-client";
import { Observable, type ConnectionState, type GameMode, type SeatOnScreen, type SeatStatus } from "@holdfast/client";
import { add, chsh, type Chsh, classicTotals, type Matrix, newTotals, noTotals } from "./statistics";

export interface TeamRow {
    team_name: string;
    team_id: number;
    is_active: boolean;
    status: "active" | "waiting_pair" | "inactive";
    current_round_number: number;
    classic_matrix: Matrix;
    new_matrix: Matrix;
    seats?: SeatStatus[];
}

export interface ShownTeam {
    id: number;
    name: string;
    active: boolean;
    status: TeamRow["status"];
    round: number;
    seats: SeatOnScreen[];
    chsh: Chsh;
}

export interface BoardState {
    connection: ConnectionState;
    refused: boolean;
    teams: ShownTeam[];
    answers: number;
    players: number;
    activeTeams: number;
    readyPlayers: number;
    game: { started: boolean; paused: boolean; mode: GameMode };
    chsh: Chsh;
    /** S after so many rounds, for the plot. */
    history: Array<{ rounds: number; value: number; error: number }>;
    playersUrl: string;
    error: string | null;
}

const mostPoints = 2000;

interface Figures {
    teams: TeamRow[];
    connected_players_count: number;
    active_teams_count: number;
    ready_players_count: number;
    total_answers_count?: number;
    game_state?: { started: boolean; paused: boolean; mode: GameMode };
    players_url?: string;
}

export class Board {
    readonly state: Observable<BoardState>;
    private readonly socket: Socket;
    private readonly keepAlive: ReturnType<typeof setInterval>;
    private rows: TeamRow[] = [];

    constructor() {
        this.state = new Observable<BoardState>({
            connection: "connecting",
            refused: false,
            teams: [],
            answers: 0,
            players: 0,
            activeTeams: 0,
            readyPlayers: 0,
            game: { started: false, paused: false, mode: "new" },
            chsh: { value: null, error: null, rounds: 0 },
            history: [],
            playersUrl: `${location.origin}/`,
            error: null,
        });
        this.socket = io({ reconnectionDelay: 200, reconnectionDelayMax: 2500 });
        const { socket } = this;
        socket.on("connect", () => this.join());
        socket.on("disconnect", (reason) => {
            if (this.state.value.connection !== "restarting") this.change({ connection: "offline" });
            if (reason === "io server disconnect") setTimeout(() => socket.connect(), 500);
        });
        socket.on("connect_error", () => {
            if (this.state.value.connection === "connecting") this.change({ connection: "offline" });
        });
        socket.on("server_shutdown", () => this.change({ connection: "restarting" }));
        socket.on("dashboard_update", (update: Figures) => this.show(update, true));
        socket.on("team_status_changed_for_dashboard", (update: Figures) => this.show(update, update.teams.length > 0));
        socket.on("new_answer_for_dashboard", () => this.change({ answers: this.state.value.answers + 1 }));
        socket.on("game_started", () => this.change({ game: { ...this.state.value.game, started: true } }));
        socket.on("game_reset_complete", () =>
            this.change({ game: { ...this.state.value.game, started: false, paused: false }, answers: 0, history: [] }),
        );
        socket.on("game_state_update", ({ paused }: { paused: boolean }) =>
            this.change({ game: { ...this.state.value.game, paused } }),
        );
        socket.on("game_mode_changed", ({ mode }: { mode: GameMode }) => {
            this.change({ game: { ...this.state.value.game, mode }, history: [] });
            this.derive();
        });
        this.keepAlive = setInterval(() => socket.connected && socket.emit("keep_alive"), 25_000);
    }

    stop(): void {
        clearInterval(this.keepAlive);
        this.socket.disconnect();
    }

    command(event: "start_game" | "pause_game" | "restart_game" | "toggle_game_mode"): void {
        this.socket.emit(event, {}, (reply: { ok: boolean; message?: string }) => {
            this.change({ error: reply.ok ? null : (reply.message ?? "That did not work.") });
        });
    }

    private change(part: Partial<BoardState>): void {
        this.state.value = { ...this.state.value, ...part };
    }

    private join(): void {
        this.socket.emit("dashboard_join", {}, (reply: Figures & { ok?: boolean; code?: string }) => {
            if (reply.ok === false) {
                this.change({ refused: reply.code === "not_host", connection: "online" });
                return;
            }
            this.change({ connection: "online", refused: false });
            this.show(reply, true);
            this.socket.emit("set_teams_streaming", { enabled: true });
        });
    }

    private show(update: Figures, withTeams: boolean): void {
        this.change({
            players: update.connected_players_count,
            activeTeams: update.active_teams_count,
            readyPlayers: update.ready_players_count,
            ...(update.total_answers_count === undefined ? {} : { answers: update.total_answers_count }),
            ...(update.game_state
                ? {
                      game: {
                          started: update.game_state.started,
                          paused: update.game_state.paused,
                          mode: update.game_state.mode,
                      },
                  }
                : {}),
            ...(update.players_url ? { playersUrl: update.players_url } : {}),
        });
        if (!withTeams) return;
        this.rows = update.teams;
        this.derive();
    }

    /** From the teams' matrices to S, for each team and for all of them. */
    private derive(): void {
        const { mode } = this.state.value.game;
        const now = Date.now();
        let pooled = noTotals;
        const teams = this.rows.map((row): ShownTeam => {
            const totals = mode === "new" ? newTotals(row.new_matrix) : classicTotals(row.classic_matrix);
            pooled = add(pooled, totals);
            return {
                id: row.team_id,
                name: row.team_name,
                active: row.is_active,
                status: row.status,
                round: row.current_round_number,
                seats: (row.seats ?? []).map((seat) => ({
                    ...seat,
                    heldUntil: seat.held_for_seconds === null ? null : now + seat.held_for_seconds * 1000,
                })),
                chsh: chsh(totals),
            };
        });
        const whole = chsh(pooled);
        const { history } = this.state.value;
        const last = history[history.length - 1];
        const grown =
            whole.value !== null && whole.error !== null && last?.rounds !== whole.rounds
                ? [...history.slice(-mostPoints), { rounds: whole.rounds, value: whole.value, error: whole.error }]
                : history;
        this.change({ teams, chsh: whole, history: grown });
    }
}
