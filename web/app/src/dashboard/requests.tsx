import type { Claims, HostClient, SeatRequest } from '@holdfast/client';
import { useState } from 'preact/hooks';
import { Ask } from '../shared/ask';
import { useNow } from '../shared/hooks';
import { clock, count, span } from '../shared/words';

/** Players with a new phone who ask for their seat. */
export function Requests({ host, claims }: { host: HostClient; claims: Claims }) {
  const now = useNow();
  const { length } = claims.requests;
  const older = (now - claims.received) / 1000;
  return (
    <>
      <p class="unseen" role="status" data-testid="requests-told">
        {length > 0 && `${count(length, 'player asks', 'players ask')} for a seat`}
      </p>
      {length > 0 && <List host={host} claims={claims} older={Math.max(0, older)} />}
    </>
  );
}

function List({ host, claims, older }: { host: HostClient; claims: Claims; older: number }) {
  return (
    <section class="card" data-testid="requests" aria-label="Players who ask for their seat">
      <h2>Is it them?</h2>
      <p class="hint">
        They say that their phone is dead and ask for their seat on another one. Go and look, if you can.
      </p>
      <ul class="rows">
        {claims.requests.map((request) => (
          <Row key={request.request_id} host={host} request={request} older={older} />
        ))}
      </ul>
    </section>
  );
}

const because: Record<string, string> = {
  closed_page: 'the page was closed',
  connection_lost: 'the phone lost the connection',
  server_restart: 'the server was restarted',
  stale_session: 'the connection was dead',
};

const decisions = {
  approve: {
    question: 'Give the seat to this phone? Whoever had it cannot come back into it.',
    yes: 'Give',
    harmless: true,
  },
  refuse: { question: 'Say no? They will be told.', yes: 'Refuse' },
};

function Row({ host, request, older }: { host: HostClient; request: SeatRequest; older: number }) {
  const [asking, setAsking] = useState<'approve' | 'refuse' | null>(null);
  const { request_id, requests_from_address: fromThere } = request;
  return (
    <li
      class="claim"
      data-testid="request"
      data-request={request_id}
      data-team={request.team_name}
      data-slot={request.player_slot}
    >
      <p>
        <bdi class="name">{request.name}</bdi> asks for seat {request.player_slot} of{' '}
        <bdi class="name">{request.team_name}</bdi>
      </p>
      <p class="hint">
        Asked {span(request.asked_seconds + older)} ago.{' '}
        {request.is_reserved
          ? 'The seat is kept for somebody who has not come yet.'
          : `Its player has been away for ${span(request.away_seconds + older)}${
              because[request.away_because] ? `: ${because[request.away_because]}` : ''
            }. The phone was last seen at ${clock(new Date(request.last_seen * 1000))}.`}
        {fromThere > 1 && ` ${fromThere} requests came from the same address.`}
        {!request.is_connected && ' The one who asks has no connection at the moment.'}
      </p>
      {asking === null ? (
        <span class="line">
          <button
            class="primary"
            data-testid="approve"
            disabled={!request.is_connected}
            onClick={() => setAsking('approve')}
          >
            Give the seat…
          </button>
          <button data-testid="refuse" onClick={() => setAsking('refuse')}>
            Refuse…
          </button>
        </span>
      ) : (
        <Ask
          {...decisions[asking]}
          no="Wait"
          testId="decide"
          onYes={() => {
            setAsking(null);
            void (asking === 'approve' ? host.approveRequest(request_id) : host.refuseRequest(request_id));
          }}
          onNo={() => setAsking(null)}
        />
      )}
    </li>
  );
}
