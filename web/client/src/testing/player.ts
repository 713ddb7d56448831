import { HoldfastClient } from '../client.js';
import type { Wake } from '../wake.js';
import { FakeSocket, FakeStorage } from './fake_socket.js';

export const storageKey = 'seat';

/** A client on a fake socket and a fake storage; the test plays the server and the phone. */
export function startClient(
  storage: FakeStorage | null = new FakeStorage(),
  session: FakeStorage = new FakeStorage(),
) {
  const socket = new FakeSocket();
  let wake: (wake: Wake) => void = () => {};
  let leaving: (leaving: boolean) => void = () => {};
  const client = new HoldfastClient({
    socket,
    storage,
    storageKey,
    session,
    leaving: (listener) => {
      leaving = listener;
      return () => {
        leaving = () => {};
      };
    },
    wake: (listener) => {
      wake = listener;
      return () => {
        wake = () => {};
      };
    },
  }).start();
  return {
    socket,
    storage,
    session,
    client,
    state: () => client.state.get(),
    wake: (why: Wake) => wake(why),
    /** Nobody looks at the page any more, or it is about to end. */
    leave: () => leaving(true),
    /** Somebody looks at it again. */
    look: () => leaving(false),
  };
}

export type Started = ReturnType<typeof startClient>;

export const seat = { team_name: 'Bell', team_id: 7, player_slot: 1 };

/** The server seats the player: what it tells after `create_team`, `join_team` and each resume. */
export function seatPlayer(socket: FakeSocket, token: string, again = false): void {
  socket.tell(again ? 'team_joined' : 'team_created', {
    ...seat,
    message: '',
    game_started: false,
    game_mode: 'new',
    ...(again ? { is_reconnection: true, team_status: 'full' } : {}),
  });
  socket.tell('reconnection_token', { token, ...seat, expires_in: 3600 });
}

/** Answers the confirmation that ends the snapshot. */
export function confirm(socket: FakeSocket): void {
  socket.last('confirm_token').ack({ ok: true });
}

/** A player who has created a team and holds the token `t1`. */
export function startSeated(
  storage: FakeStorage | null = new FakeStorage(),
  session: FakeStorage = new FakeStorage(),
): Started {
  const started = startClient(storage, session);
  const { socket, client } = started;
  socket.accept();
  socket.last('get_reconnectable_teams').ack({ ok: true, event: 'reconnectable_teams', teams: [] });
  void client.createTeam('Bell');
  seatPlayer(socket, 't1');
  socket.last('create_team').ack({ ok: true, event: 'team_created', ...seat });
  confirm(socket);
  return started;
}

export function storedToken(storage: FakeStorage | null): string | undefined {
  const text = storage?.values.get(storageKey);
  return text === undefined ? undefined : (JSON.parse(text) as { token: string }).token;
}
