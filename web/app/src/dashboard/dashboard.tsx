import { useEffect, useState } from "preact/hooks";
import { ConnectionBadge } from "../connection-badge";
import { useObservable } from "../use-observable";
import { Board, type BoardState } from "./board";
import { ChshPlot } from "./chsh-plot";
import { logIn, Login } from "./login";
import { QrCode } from "./qr-code";
import { Teams } from "./teams";

/** The key in a link's fragment never reaches the server's log or a proxy; it leaves the address bar at once. */
function keyFromLink(): string | null {
    const key = new URLSearchParams(location.hash.slice(1)).get("key");
    if (key) history.replaceState(null, "", location.pathname);
    return key;
}

export function Dashboard() {
    const [board, setBoard] = useState<Board | null>(null);
    const [checked, setChecked] = useState(false);

    useEffect(() => {
        const key = keyFromLink();
        const begin = async (): Promise<void> => {
            if (key) await logIn(key);
            setBoard(new Board());
            setChecked(true);
        };
        void begin();
    }, []);

    if (!checked || !board) return null;
    return <Pages board={board} onLogIn={() => setBoard(new Board())} onLeave={() => setBoard(new Board())} />;
}

function Pages({ board, onLogIn, onLeave }: { board: Board; onLogIn: () => void; onLeave: () => void }) {
    const state = useObservable(board.state);
    useEffect(() => () => board.stop(), [board]);
    if (state.refused) return <Login onDone={onLogIn} />;
    const leave = async (): Promise<void> => {
        await fetch("/api/host/logout", { method: "POST" });
        onLeave();
    };
    return <Live board={board} state={state} onLeave={() => void leave()} />;
}

function Live({ board, state, onLeave }: { board: Board; state: BoardState; onLeave: () => void }) {
    return (
        <main class="dashboard">
            <header class="top">
                <h1>Holdfast</h1>
                <ConnectionBadge state={state.connection} />
                <button class="quiet" data-testid="logout" onClick={onLeave}>
                    Log out
                </button>
            </header>
            <div class="columns">
                <div>
                    <Controls board={board} state={state} />
                    <Statistic state={state} />
                </div>
                <QrCode url={state.playersUrl} />
            </div>
            {state.error && (
                <p class="error" role="alert" data-testid="error-message">
                    {state.error}
                </p>
            )}
            <Teams teams={state.teams} />
        </main>
    );
}

function Controls({ board, state }: { board: Board; state: BoardState }) {
    const [asking, setAsking] = useState(false);
    const { started, paused, mode } = state.game;
    const offline = state.connection !== "online";
    const phase = !started ? "Not started" : paused ? "Paused" : "Running";
    return (
        <section class="card">
            <div class="figures">
                <Figure name="players" label="players here" value={state.players} />
                <Figure name="ready" label="ready to play" value={state.readyPlayers} />
                <Figure name="teams" label="active teams" value={state.activeTeams} />
                <Figure name="answers" label="answers" value={state.answers} />
            </div>
            <div class="line controls">
                <strong class={`phase ${phase.toLowerCase().replace(" ", "-")}`}>{phase}</strong>
                <button
                    class="primary"
                    data-testid="start-game"
                    disabled={offline || started}
                    onClick={() => board.command("start_game")}
                >
                    Start
                </button>
                <button
                    data-testid="pause-game"
                    disabled={offline || !started}
                    onClick={() => board.command("pause_game")}
                >
                    {paused ? "Go on" : "Pause"}
                </button>
                <button data-testid="toggle-mode" disabled={offline} onClick={() => board.command("toggle_game_mode")}>
                    Mode: {mode}
                </button>
                {asking ? (
                    <span class="line">
                        <span>Clear all rounds and answers?</span>
                        <button
                            class="danger"
                            data-testid="restart-game-yes"
                            onClick={() => {
                                setAsking(false);
                                board.command("restart_game");
                            }}
                        >
                            Clear
                        </button>
                        <button data-testid="restart-game-no" onClick={() => setAsking(false)}>
                            Keep
                        </button>
                    </span>
                ) : (
                    <button data-testid="restart-game" disabled={offline} onClick={() => setAsking(true)}>
                        Restart…
                    </button>
                )}
            </div>
        </section>
    );
}

function Figure({ name, label, value }: { name: string; label: string; value: number }) {
    return (
        <p class="figure">
            <span class="value" data-testid={`figures-${name}`}>
                {value}
            </span>
            <span class="label">{label}</span>
        </p>
    );
}

function Statistic({ state }: { state: BoardState }) {
    const { value, error, rounds } = state.chsh;
    return (
        <section class="card">
            <h2>Bell's test, all teams</h2>
            <p class="chsh">
                S = <strong data-testid="chsh-value">{value === null ? "–" : value.toFixed(3)}</strong>
                <span data-testid="chsh-error">{error === null ? "" : ` ± ${error.toFixed(3)}`}</span>
                <span class="hint"> after {rounds} rounds</span>
            </p>
            {value === null && <p class="hint">S needs each of the four pairs A–X, A–Y, B–X and B–Y at least once.</p>}
            <ChshPlot history={state.history} />
        </section>
    );
}
