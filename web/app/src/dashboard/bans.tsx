import type { Ban, HostClient } from '@holdfast/client';
import { useState } from 'preact/hooks';
import { Ask } from '../shared/ask';
import { clock, count } from '../shared/words';

/** Devices that get no seat. */
export function Bans({ host, bans }: { host: HostClient; bans: Ban[] }) {
  const [asking, setAsking] = useState<number | null>(null);
  if (bans.length === 0) return null;
  return (
    <section class="card" data-testid="bans" aria-label="Banned devices">
      <h2>{count(bans.length, 'banned device', 'banned devices')}</h2>
      <p class="hint">
        A device is known by a cookie: who clears it comes back as a new one. A ban is a clear word, and no
        wall.
      </p>
      <ul class="rows">
        {bans.map((ban) => (
          <li
            key={ban.ban_id}
            class="claim"
            data-testid="ban"
            data-team={ban.team_name}
            data-slot={ban.player_slot}
          >
            <p>
              It had seat {ban.player_slot} of <bdi class="name">{ban.team_name}</bdi>, until{' '}
              {clock(new Date(ban.banned_at * 1000))}
            </p>
            {asking === ban.ban_id ? (
              <Ask
                question="Let this device play again?"
                yes="Lift"
                harmless
                testId="lift-ban"
                onYes={() => {
                  setAsking(null);
                  void host.liftBan(ban.ban_id);
                }}
                onNo={() => setAsking(null)}
              />
            ) : (
              <button data-testid="lift-ban" onClick={() => setAsking(ban.ban_id)}>
                Lift…
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
