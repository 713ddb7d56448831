import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newOperation } from './operation';
import { confirm, seat, seatPlayer, startClient, startSeated } from './testing/player';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const question = { round_id: 31, round_number: 4, item: 'B' };

function startLobby() {
  const started = startClient();
  started.socket.accept();
  started.socket.last('get_reconnectable_teams').ack({ ok: true, teams: [] });
  return started;
}

describe('a command', () => {
  it('carries an operation id of its own', () => {
    const { socket, client } = startLobby();
    void client.createTeam('Bell');
    void client.joinTeam('Cats');
    const one = socket.last('create_team').payload;
    const other = socket.last('join_team').payload;
    expect(one['team_name']).toBe('Bell');
    expect(one['op']).toMatch(/^[0-9a-f-]{36}$/);
    expect(one['op']).not.toBe(other['op']);
  });

  it('whose reply got lost is sent again under the same id, before anything else is asked', async () => {
    const { socket, client, state } = startLobby();
    const creating = client.createTeam('Bell');
    const { op } = socket.last('create_team').payload;
    socket.lose();
    const asked = socket.all('get_reconnectable_teams').length;
    socket.accept();
    expect(socket.all('get_reconnectable_teams')).toHaveLength(asked);
    expect(socket.all('create_team').map(({ payload }) => payload['op'])).toEqual([op, op]);
    seatPlayer(socket, 't1');
    socket.last('create_team').ack({ ok: true, event: 'team_created', ...seat });
    expect(await creating).toMatchObject({ ok: true, player_slot: 1 });
    expect(state().seat).toEqual(seat);
  });

  it('that the server has carried out, by the token it sent, is done without being sent again', async () => {
    const { socket, client } = startLobby();
    const creating = client.createTeam('Bell');
    seatPlayer(socket, 't1');
    socket.lose();
    expect(await creating).toMatchObject({ ok: true, event: 'team_created' });
    socket.accept();
    expect(socket.last('reconnect_with_token').payload['token']).toBe('t1');
    seatPlayer(socket, 't2', true);
    confirm(socket);
    expect(socket.all('create_team')).toHaveLength(1);
  });

  it('is answered once although the server answers twice', async () => {
    const { socket, client, state } = startSeated();
    socket.tell('new_question', question);
    const answering = client.submitAnswer(true);
    vi.advanceTimersByTime(4000);
    const [first, second] = socket.all('submit_answer');
    expect(second?.payload).toEqual(first?.payload);
    const confirmed = { ok: true, event: 'answer_confirmed', round_id: 31, item: 'B', answer: true };
    first?.ack(confirmed);
    expect(await answering).toMatchObject({ ok: true });
    socket.tell('new_question', { round_id: 32, round_number: 5, item: 'A' });
    second?.ack({ ok: false, code: 'store_unavailable', message: 'Cannot save.' });
    socket.tell('answer_confirmed', confirmed);
    vi.advanceTimersByTime(10_000);
    expect(socket.all('submit_answer')).toHaveLength(2);
    expect(state()).toMatchObject({ question: { round_id: 32 }, myAnswer: null });
  });

  it('that nobody answers makes the client look at the connection and make a new one', () => {
    const { socket, client } = startSeated();
    socket.tell('new_question', question);
    void client.submitAnswer(true);
    const { op } = socket.last('submit_answer').payload;
    const { attempts } = socket;
    vi.advanceTimersByTime(4000);
    expect(socket.last('get_reconnectable_teams')).toBeDefined();
    vi.advanceTimersByTime(3000);
    expect(socket.connected).toBe(false);
    expect(socket.attempts).toBe(attempts + 1);
    socket.accept();
    seatPlayer(socket, 't2', true);
    socket.tell('new_question', question);
    confirm(socket);
    expect(socket.last('submit_answer').payload['op']).toBe(op);
  });

  it('waits while there is no connection, and goes out after the resume', async () => {
    const { socket, client, state } = startSeated();
    socket.tell('new_question', question);
    socket.lose();
    const answering = client.submitAnswer(false);
    expect(state().myAnswer).toEqual({ round_id: 31, answer: false, confirmed: false });
    socket.accept();
    expect(socket.all('submit_answer')).toHaveLength(0);
    seatPlayer(socket, 't2', true);
    socket.tell('new_question', question);
    confirm(socket);
    expect(state().myAnswer).toEqual({ round_id: 31, answer: false, confirmed: false });
    socket.last('submit_answer').ack({ ok: true, event: 'answer_confirmed', round_id: 31, answer: false });
    expect(await answering).toMatchObject({ ok: true });
    expect(state().myAnswer).toEqual({ round_id: 31, answer: false, confirmed: true });
  });

  it('refused for the moment is repeated under the same id, and the error goes when it has worked', async () => {
    const { socket, client, state } = startSeated();
    socket.tell('new_question', question);
    const answering = client.submitAnswer(true);
    const { op } = socket.last('submit_answer').payload;
    const refusal = { code: 'store_unavailable', message: 'The server cannot save.' };
    socket.tell('error', refusal);
    socket.last('submit_answer').ack({ ok: false, ...refusal });
    expect(state()).toMatchObject({ lastError: refusal, myAnswer: { confirmed: false } });
    vi.advanceTimersByTime(1000);
    expect(socket.all('submit_answer').map(({ payload }) => payload['op'])).toEqual([op, op]);
    socket.last('submit_answer').ack({ ok: true, event: 'answer_confirmed', round_id: 31, answer: true });
    expect(await answering).toMatchObject({ ok: true });
    expect(state()).toMatchObject({ lastError: null, myAnswer: { answer: true, confirmed: true } });
  });

  it('refused for the moment again and again is given up, and can be given anew', async () => {
    const { socket, client, state } = startSeated();
    socket.tell('new_question', question);
    const answering = client.submitAnswer(true);
    for (let waited = 0; waited < 60; waited += 1) {
      socket.last('submit_answer').ack({ ok: false, code: 'store_unavailable', message: 'Cannot save.' });
      vi.advanceTimersByTime(1000);
    }
    const message = 'Cannot save. What you did last was not taken: please do it again.';
    expect(await answering).toMatchObject({ ok: false, code: 'store_unavailable', message });
    expect(state()).toMatchObject({ myAnswer: null, lastError: { code: 'store_unavailable', message } });
    vi.advanceTimersByTime(60_000);
    expect(state().lastError, 'it is no news any more').toBeNull();
  });

  it('refused for good is told in words, once', async () => {
    const { socket, client, state } = startLobby();
    const joining = client.joinTeam('Cats');
    const refusal = { code: 'team_full', message: 'Every seat is taken.' };
    socket.tell('error', refusal);
    socket.last('join_team').ack({ ok: false, ...refusal });
    expect(await joining).toEqual({ ok: false, ...refusal });
    expect(state().lastError).toEqual({ ...refusal, number: 1 });
    client.dismissError();
    expect(state().lastError).toBeNull();
  });

  it('to leave is done when the seat is gone at the next connection', async () => {
    const { socket, client, state } = startSeated();
    const leaving = client.leaveTeam();
    socket.lose().accept();
    socket.last('reconnect_with_token').ack({ ok: false, code: 'token_retired', message: 'Given up.' });
    socket.last('get_reconnectable_teams').ack({ ok: true, teams: [] });
    expect(await leaving).toMatchObject({ ok: true });
    expect(state()).toMatchObject({ seat: null, lastError: null });
  });

  // The simulation found that the page showed the lobby then, while the server had its player in the other seat.
  it('to leave a seat, repeated in another seat of the player, does not give that one up', async () => {
    const { socket, storage, client, state } = startSeated();
    const leaving = client.leaveTeam();
    socket.lose().accept();
    socket.last('reconnect_with_token').ack({ ok: false, code: 'token_retired', message: 'Given up.' });
    const other = { team_name: 'Kelvin', team_id: 3, player_slot: 2 };
    socket
      .last('get_reconnectable_teams')
      .ack({ ok: true, teams: [{ ...other, reconnection_token: 'old' }] });
    socket.last('reconnect_with_token').ack({ ok: true });
    socket.tell('team_joined', {
      ...other,
      message: '',
      game_started: false,
      game_mode: 'new',
      is_reconnection: true,
    });
    socket.tell('reconnection_token', { token: 'new', ...other, expires_in: 3600 });
    confirm(socket);
    socket.last('leave_team').ack({ ok: true });
    expect(await leaving).toMatchObject({ ok: true });
    expect(state().seat).toMatchObject(other);
    expect(storage?.getItem('seat')).toContain('new');
  });

  it('still waiting when the client stops is answered', async () => {
    const { socket, client } = startSeated();
    const leaving = client.leaveTeam();
    client.stop();
    expect(await leaving).toMatchObject({ ok: false, code: 'closed' });
    expect(socket.connected).toBe(false);
  });
});

describe('answers', () => {
  it('are given once a round', async () => {
    const { socket, client } = startSeated();
    expect(await client.submitAnswer(true)).toMatchObject({ ok: false, code: 'game_not_started' });
    socket.tell('new_question', question);
    void client.submitAnswer(true);
    expect(await client.submitAnswer(false)).toMatchObject({ ok: false, code: 'already_answered' });
    expect(socket.all('submit_answer')).toHaveLength(1);
    expect(socket.last('submit_answer').payload).toMatchObject({ round_id: 31, item: 'B', answer: true });
  });

  it('that came too late leave no error behind', async () => {
    const { socket, client, state } = startSeated();
    socket.tell('new_question', question);
    const answering = client.submitAnswer(true);
    const refusal = { code: 'wrong_round', message: 'That round is not running any more.' };
    socket.tell('error', refusal);
    socket.last('submit_answer').ack({ ok: false, ...refusal });
    expect(await answering).toMatchObject({ ok: false });
    expect(state()).toMatchObject({ lastError: null, myAnswer: null });
  });

  it('are confirmed by servers that do not say which round and which answer', () => {
    const { socket, client, state } = startSeated();
    socket.tell('new_question', question);
    void client.submitAnswer(false);
    socket.tell('answer_confirmed', { message: 'Safe.' });
    expect(state().myAnswer).toEqual({ round_id: 31, answer: false, confirmed: true });
  });
});

describe('operation ids', () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

  it('are random UUIDs where the page is no secure context and where it is', () => {
    const insecure = {
      getRandomValues: (bytes: Uint8Array) => {
        bytes.forEach((_, index) => (bytes[index] = Math.random() * 256));
        return bytes;
      },
    } as unknown as Crypto;
    const made = Array.from({ length: 50 }, () => newOperation(insecure));
    for (const id of [...made, newOperation(), newOperation({} as Crypto)]) expect(id).toMatch(uuid);
    expect(new Set(made).size).toBe(50);
  });
});
