import { signIn } from '@holdfast/client';
import { useState } from 'preact/hooks';
import { Problem } from '../shared/problem';

/** Takes the key out of a link (`#key=…`, or `?key=…`), and the link out of the address bar and the history. */
export function takeKeyFromLink(): string | null {
  const key =
    new URLSearchParams(location.hash.slice(1)).get('key') ?? new URLSearchParams(location.search).get('key');
  if (key !== null) history.replaceState(null, '', location.pathname);
  return key;
}

export function Login({ problem, onDone }: { problem: string | null; onDone: () => void }) {
  const [key, setKey] = useState('');
  const [error, setError] = useState(problem);
  const [busy, setBusy] = useState(false);

  async function logIn(event: Event): Promise<void> {
    event.preventDefault();
    if (busy || key.trim() === '') return;
    setBusy(true);
    setError(null);
    const refused = await signIn(key.trim());
    setBusy(false);
    setError(refused);
    if (refused === null) onDone();
  }

  return (
    <main class="player">
      <header class="top">
        <h1>Holdfast</h1>
      </header>
      {error !== null && <Problem message={error} />}
      <section class="card">
        <h2>The host's dashboard</h2>
        <form onSubmit={(event) => void logIn(event)}>
          <label for="host-key">Host key</label>
          <div class="line">
            <input
              id="host-key"
              data-testid="host-key-input"
              type="password"
              autocomplete="current-password"
              value={key}
              onInput={(event) => setKey(event.currentTarget.value)}
            />
            <button type="submit" class="primary" data-testid="login" disabled={busy || key.trim() === ''}>
              {busy ? 'Logging in…' : 'Log in'}
            </button>
          </div>
        </form>
        <p class="hint">
          The server prints a link with the key when it starts. Players do not need one:{' '}
          <a href="/">they go here</a>.
        </p>
      </section>
    </main>
  );
}
