import type { HoldfastClient, HoldfastState } from "@holdfast/client";
import { useState } from "preact/hooks";

const mostShown = 60;

export function Lobby({ client, state }: { client: HoldfastClient; state: HoldfastState }) {
    const [name, setName] = useState("");
    const [busy, setBusy] = useState(false);
    const offline = state.connection !== "online";

    async function run(command: () => Promise<unknown>): Promise<void> {
        setBusy(true);
        await command();
        setBusy(false);
    }

    const filter = name.trim().toLowerCase();
    const matching = state.teams.filter((team) => team.team_name.toLowerCase().includes(filter));
    const open = matching.filter((team) => team.is_active);
    const dissolved = matching.filter((team) => !team.is_active);
    return (
        <>
            {state.notice && (
                <p class="notice" data-testid="status-message" role="status">
                    {state.notice}
                </p>
            )}
            <section class="card">
                <h2>Start a team</h2>
                <form
                    onSubmit={(event) => {
                        event.preventDefault();
                        if (name.trim()) void run(() => client.createTeam(name));
                    }}
                >
                    <label for="team-name">Name of your team</label>
                    <div class="line">
                        <input
                            id="team-name"
                            data-testid="team-name-input"
                            value={name}
                            maxLength={40}
                            autocomplete="off"
                            autocapitalize="words"
                            enterkeyhint="go"
                            placeholder="for example Quantum Cats"
                            onInput={(event) => setName(event.currentTarget.value)}
                        />
                        <button class="primary" data-testid="create-team" disabled={busy || offline || !name.trim()}>
                            Create
                        </button>
                    </div>
                </form>
            </section>
            <section class="card" data-testid="team-list">
                <h2>Or join one</h2>
                {open.length === 0 && <p class="hint">No team waits for a partner right now. Start one above.</p>}
                <ul class="teams">
                    {open.slice(0, mostShown).map((team) => (
                        <li key={team.team_id}>
                            <span class="name">{team.team_name}</span>
                            <button
                                data-testid="join-team"
                                data-team={team.team_name}
                                disabled={busy || offline}
                                onClick={() => void run(() => client.joinTeam(team.team_name))}
                            >
                                Join
                            </button>
                        </li>
                    ))}
                </ul>
                {open.length > mostShown && (
                    <p class="hint">{open.length - mostShown} more: type a part of the name above.</p>
                )}
                {dissolved.length > 0 && (
                    <details open={filter !== "" || open.length === 0}>
                        <summary>Teams from before ({dissolved.length})</summary>
                        <ul class="teams">
                            {dissolved.slice(0, mostShown).map((team) => (
                                <li key={team.team_id}>
                                    <span class="name">{team.team_name}</span>
                                    <button
                                        data-testid="reactivate-team"
                                        data-team={team.team_name}
                                        disabled={busy || offline}
                                        onClick={() => void run(() => client.reactivateTeam(team.team_name))}
                                    >
                                        Bring back
                                    </button>
                                </li>
                            ))}
                        </ul>
                    </details>
                )}
            </section>
        </>
    );
}
