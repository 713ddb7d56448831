import type { HoldfastClient, HoldfastState, OwnSeat } from "@holdfast/client";
import { useState } from "preact/hooks";
import { useNow } from "../use-observable";
import { duration } from "../words";

interface Props {
    client: HoldfastClient;
    state: HoldfastState;
    seat: OwnSeat;
}

/** What the player should do now, in one sentence. */
function whatNow(state: HoldfastState): string {
    if (state.connection === "restarting") return "The server restarts. Your seat is kept; just wait.";
    if (state.connection !== "online") return "No connection. Your seat is kept; just wait.";
    const away = state.seats.some((seat) => seat.state === "away");
    const vacant = state.seats.some((seat) => seat.state === "vacant");
    if (state.game.started && state.game.paused) return "The host has paused the game.";
    if (state.question && state.answer === null && state.pendingAnswer === null) return "Your turn: true or false?";
    if (state.question && state.pendingAnswer !== null) return "Sending your answer…";
    if (away) return "Your partner has lost the connection. The seat is held; wait for them.";
    if (vacant) return "Waiting for a partner to join your team.";
    if (state.question) return "Answered. Waiting for your partner.";
    if (!state.game.started) return "Your team is complete. The host starts the game.";
    return "The next round comes.";
}

export function Room({ client, state, seat }: Props) {
    return (
        <>
            <p class="now" data-testid="status-message" role="status" aria-live="polite">
                {whatNow(state)}
            </p>
            <Seats state={state} seat={seat} />
            {state.notice && <p class="notice">{state.notice}</p>}
            {state.question ? <Round client={client} state={state} /> : null}
            <Leave client={client} />
        </>
    );
}

const seatWords = { connected: "here", away: "away", vacant: "free" };

function Seats({ state, seat: own }: { state: HoldfastState; seat: OwnSeat }) {
    const now = useNow(state.seats.some((seat) => seat.state === "away"));
    return (
        <ul class="seats" aria-label="Seats of your team">
            {state.seats.map((seat) => (
                <li
                    key={seat.player_slot}
                    class={`seat ${seat.state}`}
                    data-testid="seat"
                    data-slot={seat.player_slot}
                    data-state={seat.state}
                >
                    <span class="who">{seat.player_slot === own.slot ? "You" : `Player ${seat.player_slot}`}</span>
                    <span class="what">
                        {seatWords[seat.state]}
                        {seat.state === "away" && seat.heldUntil !== null && (
                            <span class="held"> · held {duration((seat.heldUntil - now) / 1000)}</span>
                        )}
                    </span>
                </li>
            ))}
        </ul>
    );
}

function Round({ client, state }: { client: HoldfastClient; state: HoldfastState }) {
    const { question, answer, pendingAnswer, game } = state;
    if (!question) return null;
    const given = answer ?? pendingAnswer;
    // An answer given without a connection is kept and sent when it is back.
    const closed = given !== null || game.paused;
    return (
        <section class="card round" aria-label={`Round ${question.round_number}`}>
            <p class="number" data-testid="round-number" data-round-id={question.round_id}>
                Round {question.round_number}
            </p>
            <p class="item" data-testid="item">
                {question.item}
            </p>
            <div class="answers">
                {[true, false].map((value) => (
                    <button
                        key={String(value)}
                        class={`answer ${value ? "yes" : "no"} ${given === value ? "chosen" : ""}`}
                        data-testid={value ? "answer-true" : "answer-false"}
                        aria-pressed={given === value}
                        disabled={closed}
                        onClick={() => void client.submitAnswer(value)}
                    >
                        {value ? "True" : "False"}
                    </button>
                ))}
            </div>
            {answer !== null && (
                <p class="confirmed" data-testid="my-answer" data-answer={String(answer)}>
                    ✓ Your answer is safe: {answer ? "True" : "False"}
                </p>
            )}
        </section>
    );
}

function Leave({ client }: { client: HoldfastClient }) {
    const [asking, setAsking] = useState(false);
    if (!asking) {
        return (
            <button class="quiet" data-testid="leave-team" onClick={() => setAsking(true)}>
                Leave the team
            </button>
        );
    }
    return (
        <section class="card centre" role="alertdialog" aria-label="Leave the team?">
            <p>Give up your seat for good? Closing the page is no reason to: your seat is kept then.</p>
            <div class="line">
                <button data-testid="leave-team-no" onClick={() => setAsking(false)}>
                    Stay
                </button>
                <button
                    class="danger"
                    data-testid="leave-team-yes"
                    onClick={() => {
                        setAsking(false);
                        void client.leaveTeam();
                    }}
                >
                    Leave
                </button>
            </div>
        </section>
    );
}
