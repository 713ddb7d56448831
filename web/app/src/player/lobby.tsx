import type { HoldfastClient, HoldfastState, TeamListing } from '@holdfast/client';
import { useState } from 'preact/hooks';
import { count } from '../shared/words';
import { AskIn, Waiting } from './ask';
import { MoveIn } from './move';
import { inTheQueue } from './what_now';

/** A roomful of teams is found by typing, not by scrolling. */
const mostShown = 60;
const longestName = 40;

export function Lobby({ client, state }: { client: HoldfastClient; state: HoldfastState }) {
  const [name, setName] = useState('');
  const [asked, setAsked] = useState<string | null>(null);
  const offline = state.connection !== 'online';
  const busy = asked !== null;

  async function ask(about: string, command: () => Promise<unknown>): Promise<void> {
    setAsked(about);
    await command();
    setAsked(null);
  }

  const wanted = name.trim().toLowerCase();
  const matching = state.teams.filter((team) => team.team_name.toLowerCase().includes(wanted));
  const open = matching.filter((team) => team.is_active);
  const dissolved = matching.filter((team) => !team.is_active);
  return (
    <>
      <p class="now" data-testid="status-message" role="status">
        {whatNow(state, asked)}
      </p>
      {state.asking && <Waiting client={client} asking={state.asking} />}
      <section class="card">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const chosen = name.trim();
            if (chosen && !busy) void ask(chosen, () => client.createTeam(chosen));
          }}
        >
          <label for="team-name">Start a new team</label>
          <div class="line">
            <input
              id="team-name"
              data-testid="team-name-input"
              value={name}
              maxLength={longestName}
              autocomplete="off"
              autocapitalize="words"
              spellcheck={false}
              enterkeyhint="go"
              placeholder="Team name"
              dir="auto"
              onInput={(event) => setName(event.currentTarget.value)}
            />
            <button
              type="submit"
              class="primary"
              data-testid="create-team"
              disabled={busy || offline || wanted === ''}
            >
              Create
            </button>
          </div>
        </form>
      </section>
      <section class="card" data-testid="team-list">
        <h2>Join a team</h2>
        {open.length === 0 && (
          <p class="hint">
            {wanted === ''
              ? 'No team has a free seat right now. Start one above, and a partner can join you.'
              : 'No team with a free seat has this in its name.'}
          </p>
        )}
        <Names
          teams={open}
          word="Join"
          testId="join-team"
          primary
          disabled={busy || offline}
          onPick={(team) => void ask(team, () => client.joinTeam(team))}
        />
        {dissolved.length > 0 && (
          <details open={wanted !== '' || open.length === 0}>
            <summary>Teams from before ({dissolved.length})</summary>
            <Names
              teams={dissolved}
              word="Bring back"
              testId="reactivate-team"
              disabled={busy || offline}
              onPick={(team) => void ask(team, () => client.reactivateTeam(team))}
            />
          </details>
        )}
      </section>
      <MoveIn client={client} disabled={busy || offline} />
      {!state.asking && <AskIn client={client} disabled={busy || offline} />}
    </>
  );
}

function whatNow(state: HoldfastState, asked: string | null): string {
  if (state.connection === 'restarting') return 'The server restarts. Just wait a moment.';
  if (state.connection === 'offline') return 'No connection. This page keeps trying by itself.';
  if (state.queue) return inTheQueue;
  if (asked !== null) return `Taking a seat in ${asked}…`;
  if (state.lastError?.code === 'device_banned')
    return 'Nobody plays on this phone now. The host can change that.';
  if (state.asking) return 'Wait here for the host, or take another seat.';
  if (state.server.busy) return 'The server is very busy. Taking a seat may need a moment.';
  return state.notice ?? 'Take a seat: start a team, or join one.';
}

interface NamesProps {
  teams: TeamListing[];
  word: string;
  testId: string;
  primary?: boolean;
  disabled: boolean;
  onPick: (teamName: string) => void;
}

function Names({ teams, word, testId, primary, disabled, onPick }: NamesProps) {
  const hidden = teams.length - mostShown;
  return (
    <>
      <ul class="teams">
        {teams.slice(0, mostShown).map((team) => (
          <li key={team.team_id}>
            <bdi class="name">{team.team_name}</bdi>
            <button
              class={primary ? 'primary' : ''}
              data-testid={testId}
              data-team={team.team_name}
              aria-label={`${word}: ${team.team_name}`}
              disabled={disabled}
              onClick={() => onPick(team.team_name)}
            >
              {word}
            </button>
          </li>
        ))}
      </ul>
      {hidden > 0 && (
        <p class="hint">{count(hidden, 'team', 'teams')} more: type a part of the name above.</p>
      )}
    </>
  );
}
