// A player's connection that keeps its seat: over the official socket.io-client it asks for its token, keeps it, uses it after
// every reconnect, and repeats what was not answered. A front end draws `state` and calls the verbs.
import { io, type Socket } from "socket.io-client";
import { Commands } from "./commands";
import { newOperationId } from "./identifier";
import type { Question, Reconnectable, Reply, Seated, SeatStatus, TeamListing, TeamStatus } from "./protocol";
import { tokenIsUseless, tryAgainLater } from "./protocol";
import { type HoldfastState, initialState, Observable, type SeatOnScreen } from "./state";
import { pageStorage, type TextStorage, TokenStorage } from "./storage";

export interface HoldfastOptions {
    /** Where the server is; the page's own origin when left out. */
    url?: string;
    storage?: TextStorage;
    /** For tests: makes the socket instead of socket.io-client. */
    makeSocket?: (url: string | undefined) => Socket;
    random?: () => number;
    /** How long an answer may take before the connection counts as dead. */
    replyMilliseconds?: number;
    /** How long to wait before a refusal for the moment is tried again; grows, with jitter. */
    retryMilliseconds?: number;
}

function defaultSocket(url: string | undefined): Socket {
    const options = {
        autoConnect: false,
        reconnectionDelay: 200,
        reconnectionDelayMax: 2500,
        randomizationFactor: 0.5,
        timeout: 8000,
    };
    return url === undefined ? io(options) : io(url, options);
}

export class HoldfastClient {
    readonly state = new Observable<HoldfastState>(initialState);
    readonly socket: Socket;
    private readonly tokens: TokenStorage;
    private readonly commands: Commands;
    private readonly random: () => number;
    private readonly replyMilliseconds: number;
    private readonly retryMilliseconds: number;
    private readonly watched: Array<() => void> = [];
    /** Grows with every connection: what belongs to an older one is ignored. */
    private generation = 0;
    private retryTimer: ReturnType<typeof setTimeout> | undefined;
    private staleQuestionTimer: ReturnType<typeof setTimeout> | undefined;
    private stopped = false;

    constructor(options: HoldfastOptions = {}) {
        this.tokens = new TokenStorage(options.storage ?? pageStorage());
        this.random = options.random ?? Math.random;
        this.replyMilliseconds = options.replyMilliseconds ?? 5000;
        this.retryMilliseconds = options.retryMilliseconds ?? 500;
        this.socket = (options.makeSocket ?? defaultSocket)(options.url);
        this.commands = new Commands(
            this.socket,
            this.random,
            { replyMilliseconds: this.replyMilliseconds, retryMilliseconds: this.retryMilliseconds },
            () => this.reconnectNow(),
        );
        this.listen();
    }

    /** Connects, and goes on doing so. */
    start(): void {
        this.watchThePage();
        this.socket.connect();
    }

    stop(): void {
        this.stopped = true;
        this.watched.forEach((end) => end());
        this.commands.abandon("stopped", "This page has stopped.");
        this.forgetTimers();
        this.socket.disconnect();
    }

    createTeam(teamName: string): Promise<Reply> {
        return this.command("create_team", { team_name: teamName });
    }

    joinTeam(teamName: string): Promise<Reply> {
        return this.command("join_team", { team_name: teamName });
    }

    reactivateTeam(teamName: string): Promise<Reply> {
        return this.command("reactivate_team", { team_name: teamName });
    }

    leaveTeam(): Promise<Reply> {
        return this.command("leave_team", {});
    }

    /** Answers the question on the screen. */
    async submitAnswer(answer: boolean): Promise<void> {
        const { question, answer: given, pendingAnswer } = this.state.value;
        if (!question || given !== null || pendingAnswer !== null) return;
        this.change({ pendingAnswer: answer });
        const reply = await this.command("submit_answer", { round_id: question.round_id, item: question.item, answer });
        if (this.state.value.question?.round_id !== question.round_id) return;
        this.change({ pendingAnswer: null, ...(reply.ok ? { answer } : {}) });
    }

    /** The seat is open elsewhere: take it back to this page. */
    takeBack(): void {
        if (this.state.value.connection !== "elsewhere") return;
        this.change({ connection: this.socket.connected ? "connecting" : "offline" });
        if (this.socket.connected) void this.findSeat(this.generation);
        else this.reconnectNow();
    }

    dismissError(): void {
        this.change({ error: null });
    }

    private change(part: Partial<HoldfastState>): void {
        this.state.value = { ...this.state.value, ...part };
    }

    private async command(event: string, data: Record<string, unknown>): Promise<Reply> {
        this.change({ error: null });
        const reply = await this.commands.send(event, { ...data, op: newOperationId() });
        if (!reply.ok) this.change({ error: { code: reply.code, message: reply.message } });
        return reply;
    }

    private listen(): void {
        const { socket } = this;
        socket.on("connection_established", (data) => this.established(data));
        socket.on("disconnect", (reason: string) => this.disconnected(reason));
        socket.on("connect_error", () => {
            if (this.state.value.connection === "connecting") this.change({ connection: "offline" });
        });
        socket.on("team_created", (data: Seated) => this.seated(data));
        socket.on("team_joined", (data: Seated) => this.seated(data));
        socket.on("reconnection_token", ({ token }: { token: string }) => {
            // First keep the new one, then say so: the one before stays good until the server has heard it.
            this.tokens.token = token;
            socket.emit("confirm_token", { token }, () => undefined);
        });
        socket.on("team_status_update", (data: TeamStatus) => this.teamStatus(data));
        socket.on("teams_updated", ({ teams, game_started }: { teams: TeamListing[]; game_started: boolean }) => {
            this.change({ teams, game: { ...this.state.value.game, started: game_started } });
        });
        socket.on("player_left", ({ message }: { message: string }) => this.change({ notice: message }));
        socket.on("left_team_success", ({ message }: { message: string }) => this.unseated(message));
        socket.on("taken_over", () => {
            this.commands.pause();
            this.change({ connection: "elsewhere", pendingAnswer: null });
        });
        socket.on("game_start", () => this.change({ game: { ...this.state.value.game, started: true } }));
        socket.on("game_state_changed", ({ game_started }: { game_started: boolean }) =>
            this.change({ game: { ...this.state.value.game, started: game_started } }),
        );
        socket.on("game_state_update", ({ paused }: { paused: boolean }) =>
            this.change({ game: { ...this.state.value.game, paused } }),
        );
        socket.on("game_mode_changed", ({ mode }: { mode: HoldfastState["game"]["mode"] }) =>
            this.change({ game: { ...this.state.value.game, mode } }),
        );
        socket.on("game_reset", () =>
            this.change({
                question: null,
                answer: null,
                pendingAnswer: null,
                game: { ...this.state.value.game, started: false, paused: false },
            }),
        );
        socket.on("new_question", (question: Question) => this.asked(question));
        socket.on("answer_confirmed", (data: { round_id?: number; answer?: boolean }) => {
            if (typeof data.answer !== "boolean" || data.round_id !== this.state.value.question?.round_id) return;
            this.change({ answer: data.answer, pendingAnswer: null });
        });
        socket.on("error", ({ code, message }: { code: string; message: string }) => {
            // Refusals of commands arrive in their acks; here only a seat that is lost without being asked for matters.
            if (code === "seat_released" && this.state.value.seat) this.unseated(message);
        });
        socket.on("server_shutdown", () => this.change({ connection: "restarting" }));
    }

    private established(data: {
        game_started: boolean;
        available_teams: TeamListing[];
        game_mode: HoldfastState["game"]["mode"];
        connection_stable: boolean;
    }): void {
        this.generation += 1;
        this.change({
            teams: data.available_teams,
            connectionStable: data.connection_stable,
            game: { ...this.state.value.game, started: data.game_started, mode: data.game_mode },
        });
        if (this.state.value.connection === "elsewhere") return;
        void this.findSeat(this.generation);
    }

    private disconnected(reason: string): void {
        this.generation += 1;
        this.commands.pause();
        this.forgetTimers();
        const { connection } = this.state.value;
        if (connection !== "elsewhere" && connection !== "restarting") this.change({ connection: "offline" });
        // After these two, socket.io-client does not come back by itself.
        if (!this.stopped && reason === "io server disconnect") {
            this.retryTimer = setTimeout(() => this.socket.connect(), 200 + this.random() * 800);
        }
    }

    /** Asks for the own seat: by the token, else by the device's cookie. Then everything unanswered goes on. */
    private async findSeat(generation: number): Promise<void> {
        let token = this.tokens.token;
        for (let attempt = 1; ; attempt += 1) {
            token ??= await this.tokenOfThisDevice(generation);
            if (generation !== this.generation) return;
            if (token === null) break;
            const reply = await this.ask("reconnect_with_token", { token }, generation);
            if (generation !== this.generation) return;
            if (reply.ok || reply.code === "already_seated") {
                this.settle();
                return;
            }
            if (tryAgainLater.has(reply.code)) {
                await this.pass(this.retryMilliseconds * Math.min(attempt, 8) * (0.5 + this.random()));
                if (generation !== this.generation) return;
                continue;
            }
            if (tokenIsUseless.has(reply.code) && this.tokens.token === token) this.tokens.token = null;
            // A token that this device still holds may open another seat, or the same one; a refused one is not tried again.
            const other = await this.tokenOfThisDevice(generation);
            if (generation !== this.generation) return;
            if (other !== null && other !== token) {
                token = other;
                continue;
            }
            if (this.state.value.seat) this.change({ error: { code: reply.code, message: reply.message } });
            break;
        }
        this.forgetSeat();
        this.settle();
    }

    private settle(): void {
        this.change({ connection: "online", settled: true });
        this.commands.resume();
    }

    private async tokenOfThisDevice(generation: number): Promise<string | null> {
        const reply = await this.ask("get_reconnectable_teams", {}, generation);
        if (!reply.ok) return null;
        const rows = (reply.teams ?? []) as Reconnectable[];
        return rows.find((row) => row.reconnection_token)?.reconnection_token ?? null;
    }

    /** Emits and waits for the ack; silence counts as a dead connection. */
    private ask(event: string, data: unknown, generation: number): Promise<Reply> {
        return new Promise((done) => {
            const timer = setTimeout(() => {
                if (generation === this.generation) this.reconnectNow();
                done({ ok: false, code: "silence", message: "" });
            }, this.replyMilliseconds);
            this.socket.emit(event, data, (reply: unknown) => {
                clearTimeout(timer);
                done(reply as Reply);
            });
        });
    }

    private pass(milliseconds: number): Promise<void> {
        return new Promise((done) => {
            this.retryTimer = setTimeout(done, milliseconds);
        });
    }

    private seated(data: Seated): void {
        const before = this.state.value;
        const same = before.seat?.teamId === data.team_id && before.seat.slot === data.player_slot;
        this.change({
            seat: { teamName: data.team_name, teamId: data.team_id, slot: data.player_slot },
            game: { started: data.game_started, mode: data.game_mode, paused: false },
            error: null,
            ...(data.seats ? { seats: onScreen(data.seats) } : {}),
            ...(same && data.game_started ? {} : { question: null, answer: null, pendingAnswer: null }),
            notice: null,
        });
        if (!same || !before.question) return;
        // The running round follows at once; when none does, what is on the screen is over.
        clearTimeout(this.staleQuestionTimer);
        this.staleQuestionTimer = setTimeout(() => this.change({ question: null, answer: null }), 500);
    }

    private asked(question: Question): void {
        clearTimeout(this.staleQuestionTimer);
        const same = this.state.value.question?.round_id === question.round_id;
        this.change({ question, ...(same ? {} : { answer: null, pendingAnswer: null, notice: null }) });
    }

    private teamStatus(data: TeamStatus): void {
        if (data.team_name !== this.state.value.seat?.teamName) return;
        const whole = !data.disable_input;
        this.change({
            inputDisabled: data.disable_input,
            game: { ...this.state.value.game, started: data.game_started },
            ...(data.seats ? { seats: onScreen(data.seats) } : {}),
            ...(whole ? { notice: null } : {}),
        });
    }

    private unseated(message: string): void {
        this.tokens.token = null;
        this.forgetSeat();
        this.change({ notice: message });
    }

    private forgetSeat(): void {
        this.change({ seat: null, seats: [], question: null, answer: null, pendingAnswer: null, inputDisabled: true });
    }

    /** Throws the present connection away and makes a new one at once. */
    private reconnectNow(): void {
        if (this.stopped) return;
        this.socket.disconnect();
        this.socket.connect();
    }

    /** A phone that wakes up, or changes its network, does not wait for time-outs. */
    private watchThePage(): void {
        if (typeof window === "undefined") return;
        const wake = (): void => {
            if (this.stopped || document.visibilityState === "hidden") return;
            if (!this.socket.connected) {
                this.reconnectNow();
                return;
            }
            const generation = this.generation;
            const dead = setTimeout(() => generation === this.generation && this.reconnectNow(), 3000);
            this.socket.emit("get_reconnectable_teams", {}, () => clearTimeout(dead));
        };
        const watch = (target: EventTarget, event: string): void => {
            target.addEventListener(event, wake);
            this.watched.push(() => target.removeEventListener(event, wake));
        };
        watch(window, "online");
        watch(window, "pageshow");
        watch(document, "visibilitychange");
    }

    private forgetTimers(): void {
        clearTimeout(this.retryTimer);
        clearTimeout(this.staleQuestionTimer);
    }
}

function onScreen(seats: SeatStatus[]): SeatOnScreen[] {
    return seats.map((seat) => ({
        ...seat,
        heldUntil: seat.held_for_seconds === null ? null : Date.now() + seat.held_for_seconds * 1000,
    }));
}
