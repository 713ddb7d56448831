import { memo } from "preact/compat";
import { useMemo, useState } from "preact/hooks";
import { useNow } from "../use-observable";
import { count, duration } from "../words";
import type { ShownTeam } from "./board";

const perPage = 50;
const rank = { waiting_pair: 0, active: 1, inactive: 2 };
const statusWords = { active: "playing", waiting_pair: "waiting", inactive: "dissolved" };

export function Teams({ teams }: { teams: ShownTeam[] }) {
    const [filter, setFilter] = useState("");
    const [page, setPage] = useState(0);
    const wanted = filter.trim().toLowerCase();
    const shown = useMemo(
        () =>
            teams
                .filter((team) => team.name.toLowerCase().includes(wanted))
                .sort((left, right) => rank[left.status] - rank[right.status] || left.name.localeCompare(right.name)),
        [teams, wanted],
    );
    const pages = Math.max(1, Math.ceil(shown.length / perPage));
    const at = Math.min(page, pages - 1);
    const rows = shown.slice(at * perPage, (at + 1) * perPage);
    const now = useNow(rows.some((team) => team.seats.some((seat) => seat.state === "away")));
    return (
        <section class="card">
            <div class="line spread">
                <h2>{count(teams.length, "team", "teams")}</h2>
                <input
                    type="search"
                    aria-label="Find a team"
                    placeholder="Find a team"
                    value={filter}
                    onInput={(event) => setFilter(event.currentTarget.value)}
                />
            </div>
            {teams.length === 0 && <p class="hint">Nobody is here yet. Players scan the code above.</p>}
            {rows.length > 0 && (
                <div class="table" role="table" aria-label="Teams">
                    {rows.map((team) => (
                        <Row
                            key={team.id}
                            team={team}
                            now={team.seats.some((seat) => seat.state === "away") ? now : 0}
                        />
                    ))}
                </div>
            )}
            {pages > 1 && (
                <nav class="line centre-line" aria-label="Pages of teams">
                    <button disabled={at === 0} onClick={() => setPage(at - 1)}>
                        Back
                    </button>
                    <span>
                        {at + 1} of {pages}
                    </span>
                    <button disabled={at === pages - 1} onClick={() => setPage(at + 1)}>
                        Next
                    </button>
                </nav>
            )}
        </section>
    );
}

const Row = memo(function Row({ team, now }: { team: ShownTeam; now: number }) {
    return (
        <div class={`row ${team.status}`} role="row" data-testid="team-row" data-team={team.name}>
            <span class="name" role="cell">
                {team.name}
            </span>
            <span class="small-seats" role="cell">
                {team.seats.map((seat) => (
                    <span
                        key={seat.player_slot}
                        class={`chip ${seat.state}`}
                        data-testid="seat"
                        data-slot={seat.player_slot}
                        data-state={seat.state}
                        title={`Seat ${seat.player_slot}: ${seat.state}`}
                    >
                        {seat.player_slot}
                        {seat.state === "connected" && " here"}
                        {seat.state === "vacant" && " free"}
                        {seat.state === "away" &&
                            ` away${seat.heldUntil === null ? "" : `, held ${duration((seat.heldUntil - now) / 1000)}`}`}
                    </span>
                ))}
            </span>
            <span class="status" role="cell">
                {statusWords[team.status]}
            </span>
            <span class="round-cell" role="cell">
                round {team.round}
            </span>
            <span class="s" role="cell">
                {team.chsh.value === null ? "S –" : `S ${team.chsh.value.toFixed(2)} ± ${team.chsh.error?.toFixed(2)}`}
            </span>
        </div>
    );
});
