import type { HoldfastClient } from '@holdfast/client';
import { useEffect, useState } from 'preact/hooks';
import { QrPicture } from '../shared/qr-picture';

/** In the address of the page that a scanned code opens, behind the #: it reaches no server and no log. */
const mark = '#move=';

/** The code in the page's address, if somebody came by scanning one; it is taken out of the address. */
export function takeCodeFromAddress(): string | null {
  if (!location.hash.startsWith(mark)) return null;
  const code = decodeURIComponent(location.hash.slice(mark.length));
  history.replaceState(null, '', location.pathname + location.search);
  return code;
}

interface Offer {
  code: string;
  until: number;
}

/** Where the player sits: a code for the other phone. */
export function MoveOut({ client }: { client: HoldfastClient }) {
  const [offer, setOffer] = useState<Offer | null>(null);
  const [asking, setAsking] = useState(false);
  const left = useSecondsLeft(offer?.until ?? null);

  async function ask(): Promise<void> {
    setAsking(true);
    const reply = await client.offerMove();
    setAsking(false);
    if (!reply.ok || typeof reply['code'] !== 'string') return;
    setOffer({ code: reply['code'], until: Date.now() + Number(reply['expires_in'] ?? 120) * 1000 });
  }

  if (!offer) {
    return (
      <button class="quiet move" data-testid="move-out" disabled={asking} onClick={() => void ask()}>
        Play on another phone
      </button>
    );
  }
  return (
    <section class="card centre move" data-testid="move-offer" aria-label="Play on another phone">
      {left > 0 ? (
        <>
          <p>Scan this with the other phone, or open the same page there and type the code.</p>
          <QrPicture url={`${location.origin}/${mark}${offer.code}`} />
          <p class="code" data-testid="move-code">
            {offer.code}
          </p>
          <p class="hint">
            Good for {left} seconds, and once. Whoever has it gets your seat: show it to nobody else.
          </p>
        </>
      ) : (
        <p>The time of this code is over.</p>
      )}
      <div class="pair">
        <button data-testid="move-again" disabled={asking} onClick={() => void ask()}>
          New code
        </button>
        <button data-testid="move-stay" onClick={() => setOffer(null)}>
          Close
        </button>
      </div>
    </section>
  );
}

/** Where the player wants to sit: the code from the other phone. */
export function MoveIn({ client, disabled }: { client: HoldfastClient; disabled: boolean }) {
  const [code, setCode] = useState('');
  const [busy, setBusy] = useState(false);
  return (
    <details class="card" data-testid="move-in">
      <summary>I have a code</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setBusy(true);
          void client.moveHere(code).then(() => setBusy(false));
        }}
      >
        <label for="move-code">From the host, or from “Play on another phone” on your other one</label>
        <div class="line">
          <input
            id="move-code"
            data-testid="move-code-input"
            value={code}
            maxLength={16}
            autocomplete="off"
            autocapitalize="characters"
            spellcheck={false}
            enterkeyhint="go"
            placeholder="ABCDE-FGHJK"
            onInput={(event) => setCode(event.currentTarget.value)}
          />
          <button
            type="submit"
            class="primary"
            data-testid="move-here"
            disabled={disabled || busy || code.trim() === ''}
          >
            Take the seat
          </button>
        </div>
      </form>
    </details>
  );
}

function useSecondsLeft(until: number | null): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (until === null) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [until]);
  return until === null ? 0 : Math.max(0, Math.ceil((until - now) / 1000));
}
