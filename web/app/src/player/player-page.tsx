import type { HoldfastClient, HoldfastState } from "@holdfast/client";
import { ConnectionBadge } from "../connection-badge";
import { useObservable } from "../use-observable";
import { Lobby } from "./lobby";
import { Room } from "./room";

export function PlayerPage({ client }: { client: HoldfastClient }) {
    const state = useObservable(client.state);
    return (
        <main class="player">
            <header class="top">
                <h1>{state.seat ? state.seat.teamName : "Holdfast"}</h1>
                <ConnectionBadge state={state.connection} />
            </header>
            <Content client={client} state={state} />
            {state.error && (
                <p class="error" role="alert" data-testid="error-message" onClick={() => client.dismissError()}>
                    {state.error.message}
                </p>
            )}
        </main>
    );
}

function Content({ client, state }: { client: HoldfastClient; state: HoldfastState }) {
    if (state.connection === "elsewhere") return <Elsewhere client={client} />;
    if (state.seat) return <Room client={client} state={state} seat={state.seat} />;
    if (!state.settled) {
        return (
            <section class="card centre">
                <p class="lead">Looking for your seat…</p>
                <p class="hint">If you had one, you will be back in it in a moment.</p>
            </section>
        );
    }
    return <Lobby client={client} state={state} />;
}

function Elsewhere({ client }: { client: HoldfastClient }) {
    return (
        <section class="card centre" data-testid="taken-over">
            <p class="lead">Your seat is open in another tab.</p>
            <p class="hint">Only one tab can play. Go on there, or bring the seat back here.</p>
            <button class="primary" data-testid="take-back" onClick={() => client.takeBack()}>
                Use it here
            </button>
        </section>
    );
}
