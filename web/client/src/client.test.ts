import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeStorage } from './testing/fake_socket';
import {
  confirm,
  seat,
  seatPlayer,
  startClient,
  startSeated,
  storageKey,
  storedToken,
} from './testing/player';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const stored = (token: string): FakeStorage => {
  const storage = new FakeStorage();
  storage.values.set(storageKey, JSON.stringify({ token, team_name: 'Bell', player_slot: 1 }));
  return storage;
};
const question = { round_id: 31, round_number: 4, item: 'B' };

describe('coming in', () => {
  it('is settled without a seat when neither token nor device knows one', () => {
    const { socket, state } = startClient();
    expect(state()).toMatchObject({ connection: 'connecting', settled: false });
    socket.accept({
      available_teams: [{ team_name: 'Cats', team_id: 1, is_active: true }],
      seats_per_team: 2,
    });
    socket.last('get_reconnectable_teams').ack({ ok: true, teams: [] });
    expect(state()).toMatchObject({ connection: 'online', settled: true, seat: null });
    expect(state().teams.map((team) => team.team_name)).toEqual(['Cats']);
    expect(socket.all('reconnect_with_token')).toHaveLength(0);
  });

  it('resumes with the stored token and is online when the snapshot is there', () => {
    const storage = stored('t1');
    const { socket, state } = startClient(storage);
    socket.accept({ game_started: true });
    expect(socket.last('reconnect_with_token').payload['token']).toBe('t1');
    seatPlayer(socket, 't2', true);
    socket.tell('team_status_update', {
      team_name: 'Bell',
      status: 'full',
      disable_input: true,
      game_started: true,
      seats: [
        { player_slot: 1, state: 'connected', held_for_seconds: null },
        { player_slot: 2, state: 'away', held_for_seconds: 90 },
      ],
    });
    socket.tell('new_question', question);
    expect(state().connection).toBe('connecting');
    socket.tell('answer_confirmed', { message: '', round_id: 31, item: 'B', answer: false });
    socket.tell('game_state_update', { paused: true });
    socket.last('reconnect_with_token').ack({ ok: true, event: 'team_joined', ...seat });
    confirm(socket);
    expect(state()).toMatchObject({
      connection: 'online',
      seat,
      question,
      myAnswer: { round_id: 31, answer: false, confirmed: true },
      game: { started: true, paused: true, mode: 'new' },
    });
    expect(state().team?.seats[1]).toEqual({
      player_slot: 2,
      state: 'away',
      held_until: Date.now() + 90_000,
    });
    expect(storedToken(storage)).toBe('t2');
  });

  it('resumes with the token that the server gives to this device, the newest seat first', () => {
    const { socket, state } = startClient();
    socket.accept();
    const row = { team_id: 7, player_slot: 1, has_token: true };
    socket.last('get_reconnectable_teams').ack({
      ok: true,
      teams: [
        { ...row, team_name: 'Stranger', disconnect_time: 900 },
        { ...row, team_name: 'Old', disconnect_time: 100, reconnection_token: 'old' },
        { ...row, team_name: 'Bell', disconnect_time: 200, reconnection_token: 'mine' },
      ],
    });
    expect(socket.last('reconnect_with_token').payload['token']).toBe('mine');
    seatPlayer(socket, 't9', true);
    confirm(socket);
    expect(state().seat).toEqual(seat);
  });

  it('goes on without the confirmation of a server that does not know it', () => {
    const { socket, state } = startClient(stored('t1'));
    socket.accept();
    seatPlayer(socket, 't2', true);
    expect(state().connection).toBe('connecting');
    vi.advanceTimersByTime(2000);
    expect(state().connection).toBe('online');
  });

  it('does not wait for ever for a server that never says hello', () => {
    const { socket } = startClient(stored('t1'));
    socket.connected = true;
    socket.tell('connect');
    expect(socket.all('reconnect_with_token')).toHaveLength(0);
    vi.advanceTimersByTime(3000);
    expect(socket.last('reconnect_with_token').payload['token']).toBe('t1');
  });
});

describe('the token', () => {
  it('is stored before it is confirmed, and replaced without a moment in between', () => {
    const storage = new FakeStorage();
    const { socket } = startSeated(storage);
    const confirmed = socket.all('confirm_token').length;
    socket.tell('reconnection_token', { token: 't2', ...seat, expires_in: 3600 });
    expect(storedToken(storage)).toBe('t2');
    expect(socket.all('confirm_token')).toHaveLength(confirmed + 1);
    expect(socket.last('confirm_token').payload).toEqual({ token: 't2' });
    expect(storage.history).not.toContain(null);
  });

  it('is the one before when the reply of a resume got lost, and leads to the seat', () => {
    const storage = stored('t1');
    const { socket, state } = startClient(storage);
    socket.accept();
    socket.lose();
    expect(storedToken(storage)).toBe('t1');
    socket.accept();
    expect(socket.last('reconnect_with_token').payload['token']).toBe('t1');
    seatPlayer(socket, 't2', true);
    confirm(socket);
    expect(state()).toMatchObject({ connection: 'online', seat });
  });

  for (const code of ['token_unknown', 'token_expired', 'token_retired', 'seat_released', 'seat_expired']) {
    it(`is forgotten on ${code}, and the player is told why`, () => {
      const storage = stored('t1');
      const { socket, state } = startClient(storage);
      socket.accept();
      const message = `This says ${code}.`;
      socket.tell('error', { code, message });
      socket.last('reconnect_with_token').ack({ ok: false, code, message });
      expect(storedToken(storage)).toBeUndefined();
      socket.last('get_reconnectable_teams').ack({ ok: true, teams: [] });
      expect(state()).toMatchObject({ connection: 'online', seat: null, lastError: { code, message } });
    });
  }

  for (const code of ['store_unavailable', 'rate_limited', 'overloaded', 'something_new']) {
    it(`is kept on ${code}, and tried again`, () => {
      const storage = stored('t1');
      const { socket, state } = startClient(storage);
      socket.accept();
      socket.last('reconnect_with_token').ack({ ok: false, code, message: 'Not now.' });
      expect(storedToken(storage)).toBe('t1');
      expect(state()).toMatchObject({ connection: 'connecting', lastError: { code } });
      vi.advanceTimersByTime(code === 'something_new' ? 5000 : 1000);
      const tries = socket.all('reconnect_with_token');
      expect(tries).toHaveLength(2);
      seatPlayer(socket, 't2', true);
      confirm(socket);
      expect(state()).toMatchObject({ connection: 'online', lastError: null });
    });
  }

  it('is kept when the server takes the seat back without a new one (its disk is down)', () => {
    const storage = stored('t1');
    const { socket, state } = startClient(storage);
    socket.accept();
    socket.tell('team_joined', { ...seat, is_reconnection: true, game_started: false });
    socket.last('reconnect_with_token').ack({ ok: true, event: 'team_joined', ...seat });
    vi.advanceTimersByTime(2000);
    expect(state()).toMatchObject({ connection: 'online', seat });
    expect(storedToken(storage)).toBe('t1');
  });

  it('that another tab has stored meanwhile is tried, and never deleted for an older one', () => {
    const storage = stored('t1');
    const { socket, state } = startClient(storage);
    socket.accept();
    storage.values.set(storageKey, JSON.stringify({ token: 't2', team_name: 'Bell', player_slot: 1 }));
    socket.last('reconnect_with_token').ack({ ok: false, code: 'token_retired', message: 'Too old.' });
    expect(storedToken(storage)).toBe('t2');
    expect(socket.last('reconnect_with_token').payload['token']).toBe('t2');
    seatPlayer(socket, 't3', true);
    confirm(socket);
    expect(state().seat).toEqual(seat);
  });

  it('goes when the team is left, with the server’s reply or without it', async () => {
    const storage = new FakeStorage();
    const { socket, client, state } = startSeated(storage);
    const leaving = client.leaveTeam();
    socket.tell('left_team_success', { message: 'Bye.' });
    expect(await leaving).toMatchObject({ ok: true });
    expect(storedToken(storage)).toBeUndefined();
    expect(state()).toMatchObject({ seat: null, notice: 'Bye.' });
  });

  it('goes when the host frees the seat of a player who is there', () => {
    const storage = new FakeStorage();
    const { socket, state } = startSeated(storage);
    socket.tell('error', { code: 'seat_released', message: 'The host has freed your seat.' });
    expect(storedToken(storage)).toBeUndefined();
    expect(state()).toMatchObject({ seat: null, lastError: { code: 'seat_released' } });
  });

  it('lives in memory where storage is forbidden', () => {
    const storage = new FakeStorage();
    storage.forbidden = true;
    const { socket, state } = startSeated(storage);
    expect(state().seat).toEqual(seat);
    socket.lose().accept();
    expect(socket.last('reconnect_with_token').payload['token']).toBe('t1');
  });

  it('lives in memory where storage is full, and not the older one that is still stored', () => {
    const storage = new FakeStorage();
    const { socket } = startSeated(storage);
    storage.full = true;
    socket.tell('reconnection_token', { token: 't2', ...seat, expires_in: 3600 });
    expect(storedToken(storage)).toBe('t1');
    socket.lose().accept();
    expect(socket.last('reconnect_with_token').payload['token']).toBe('t2');
  });

  it('is not taken from storage that holds rubbish', () => {
    const storage = new FakeStorage();
    storage.values.set(storageKey, '{"token":');
    const { socket, state } = startClient(storage);
    socket.accept();
    socket.last('get_reconnectable_teams').ack({ ok: true, teams: [] });
    expect(state()).toMatchObject({ connection: 'online', seat: null });
  });
});

describe('moving to another phone', () => {
  it('the old phone gets a code, and forgets its token when the seat has gone', async () => {
    const storage = new FakeStorage();
    const { socket, client, state } = startSeated(storage);
    const offering = client.offerMove();
    socket.last('get_move_code').ack({ ok: true, event: 'move_code', code: 'ABCD-EFGH', expires_in: 120 });
    expect(await offering).toMatchObject({ ok: true, code: 'ABCD-EFGH' });
    expect(storedToken(storage)).toBe('t1');
    socket.tell('error', {
      code: 'seat_moved',
      message: 'Your seat has moved; the token is of no more use.',
    });
    expect(state()).toMatchObject({ seat: null, connection: 'online', lastError: { code: 'seat_moved' } });
    expect(storedToken(storage)).toBeUndefined();
  });

  it('the new phone sits down with the code, and asks again under the same id when the reply is lost', async () => {
    const storage = new FakeStorage();
    const { socket, client, state } = startClient(storage);
    socket.accept();
    socket.last('get_reconnectable_teams').ack({ ok: true, teams: [] });
    const moving = client.moveHere('abcd efgh');
    const first = socket.last('move_seat').payload;
    expect(first).toMatchObject({ code: 'abcd efgh' });
    socket.lose();
    socket.accept();
    const again = socket.last('move_seat');
    expect(again.payload).toEqual(first);
    seatPlayer(socket, 't9', true);
    again.ack({ ok: true, event: 'team_joined', ...seat });
    confirm(socket);
    expect(await moving).toMatchObject({ ok: true });
    expect(state().seat).toMatchObject(seat);
    expect(storedToken(storage)).toBe('t9');
  });

  it('a refused code is shown and changes nothing', async () => {
    const { socket, client, state } = startClient();
    socket.accept();
    socket.last('get_reconnectable_teams').ack({ ok: true, teams: [] });
    const moving = client.moveHere('XXXX');
    socket.last('move_seat').ack({ ok: false, code: 'move_code_unknown', message: 'Not known.' });
    expect(await moving).toMatchObject({ ok: false, code: 'move_code_unknown' });
    expect(state()).toMatchObject({ seat: null, lastError: { code: 'move_code_unknown' } });
  });
});

describe('the same seat in two tabs', () => {
  it('the older tab is told, lets go and does not come back by itself', async () => {
    const { socket, client, state, wake } = startSeated();
    socket.tell('new_question', question);
    const answering = client.submitAnswer(true);
    socket.tell('taken_over', { team_name: 'Bell', player_slot: 1, message: 'Open over there.' });
    expect(await answering).toMatchObject({ ok: false, code: 'taken_over' });
    expect(state()).toMatchObject({
      connection: 'elsewhere',
      takenOverMessage: 'Open over there.',
      lastError: null,
    });
    expect(socket.connected).toBe(false);
    const { attempts } = socket;
    wake('online');
    wake('visible');
    vi.advanceTimersByTime(120_000);
    expect(socket.attempts).toBe(attempts);
  });

  it('takes the seat back with the token that the other tab has stored', () => {
    const storage = new FakeStorage();
    const { socket, client, state } = startSeated(storage);
    socket.tell('taken_over', { team_name: 'Bell', player_slot: 1, message: '' });
    storage.values.set(storageKey, JSON.stringify({ token: 'theirs', team_name: 'Bell', player_slot: 1 }));
    client.takeBack();
    expect(state().connection).toBe('connecting');
    socket.accept();
    expect(socket.last('reconnect_with_token').payload['token']).toBe('theirs');
    seatPlayer(socket, 't5', true);
    confirm(socket);
    expect(state()).toMatchObject({ connection: 'online', seat });
  });

  it('does not delete the token that the newer tab uses', () => {
    const storage = new FakeStorage();
    const { socket } = startSeated(storage);
    socket.tell('taken_over', { team_name: 'Bell', player_slot: 1, message: '' });
    expect(storedToken(storage)).toBe('t1');
  });
});

describe('after a reconnect', () => {
  it('knows that its seat is gone when the host frees it before all has arrived', () => {
    const { socket, state } = startSeated();
    socket.lose();
    socket.accept({ game_started: true });
    seatPlayer(socket, 't2', true);
    socket.tell('error', { code: 'seat_released', message: 'The host has freed your seat.' });
    expect(state()).toMatchObject({ connection: 'online', seat: null, lastError: { code: 'seat_released' } });
  });

  it('keeps showing the round, and forgets what the server does not tell again', () => {
    const { socket, state } = startSeated();
    socket.tell('game_start', { game_started: true });
    socket.tell('new_question', question);
    socket.tell('answer_confirmed', { message: '', round_id: 31, item: 'B', answer: true });
    socket.tell('game_state_update', { paused: true });
    socket.lose();
    expect(state()).toMatchObject({ connection: 'offline', question, myAnswer: { answer: true } });
    socket.accept({ game_started: true });
    seatPlayer(socket, 't2', true);
    expect(state().question).toEqual(question);
    socket.tell('new_question', { round_id: 32, round_number: 5, item: 'A' });
    confirm(socket);
    expect(state()).toMatchObject({
      connection: 'online',
      question: { round_id: 32 },
      myAnswer: null,
      game: { paused: false },
    });
  });

  it('shows no round any more when the game was restarted meanwhile', () => {
    const { socket, state } = startSeated();
    socket.tell('new_question', question);
    socket.lose().accept();
    seatPlayer(socket, 't2', true);
    confirm(socket);
    expect(state()).toMatchObject({ connection: 'online', question: null, myAnswer: null });
  });

  it('leaves the seat on the screen while the way back is not clear, and drops it when it is lost', () => {
    const { socket, state } = startSeated();
    socket.lose();
    expect(state().seat).toEqual(seat);
    socket.accept();
    expect(state().seat).toEqual(seat);
    const refusal = { ok: false, code: 'token_expired', message: 'Too late.' };
    socket.last('reconnect_with_token').ack(refusal);
    socket.last('get_reconnectable_teams').ack({ ok: true, teams: [] });
    expect(state()).toMatchObject({
      seat: null,
      team: null,
      question: null,
      lastError: { code: 'token_expired' },
    });
  });
});
