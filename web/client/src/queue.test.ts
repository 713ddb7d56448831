import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { seat, seatPlayer, startClient } from './testing/player';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const busy = { ok: false, code: 'overloaded', message: 'The server is very busy.', retry_after_ms: 6000 };

function startLobby() {
  const started = startClient();
  started.socket.accept();
  started.socket.last('get_reconnectable_teams').ack({ ok: true, teams: [] });
  return started;
}

describe('a busy server', () => {
  it('is asked again not before the time it gave, with the same operation id, and the player knows of the queue', async () => {
    const { socket, client, state } = startLobby();
    const creating = client.createTeam('Bell');
    const { op } = socket.last('create_team').payload;
    socket.tell('error', { code: busy.code, message: busy.message, retry_after_ms: 6000 });
    socket.last('create_team').ack(busy);
    expect(state().queue?.until).toBeGreaterThanOrEqual(Date.now() + 6000);
    expect(state().lastError).toBeNull();
    vi.advanceTimersByTime(5999);
    expect(socket.all('create_team')).toHaveLength(1);
    vi.advanceTimersByTime(1501);
    expect(socket.all('create_team').map(({ payload }) => payload['op'])).toEqual([op, op]);
    seatPlayer(socket, 't1');
    socket.last('create_team').ack({ ok: true, event: 'team_created', ...seat });
    expect(await creating).toMatchObject({ ok: true });
    expect(state().queue).toBeNull();
  });

  it('is not asked by all at the same time', () => {
    const times = new Set<number>();
    for (let one = 0; one < 20; one += 1) {
      const { socket, client, state } = startLobby();
      void client.createTeam('Bell');
      socket.last('create_team').ack(busy);
      times.add(state().queue!.until - Date.now());
    }
    expect(times.size).toBeGreaterThan(10);
  });

  it('that goes on being busy is told to the player in the end', async () => {
    const { socket, client, state } = startLobby();
    const creating = client.createTeam('Bell');
    for (let tries = 0; tries < 60 && socket.all('create_team').length > tries; tries += 1) {
      socket.last('create_team').ack(busy);
      await vi.advanceTimersByTimeAsync(7500);
    }
    expect(await creating).toMatchObject({ ok: false, code: 'overloaded' });
    expect(state()).toMatchObject({ queue: null, lastError: { code: 'overloaded' } });
  });

  it('that sheds load is left alone by a new player for as long as it asks', () => {
    const { socket, state } = startClient();
    socket.accept({ connection_stable: false, retry_after_ms: 4000 });
    expect(state()).toMatchObject({ settled: false, server: { busy: true } });
    expect(state().queue).not.toBeNull();
    vi.advanceTimersByTime(3999);
    expect(socket.all('get_reconnectable_teams')).toHaveLength(0);
    vi.advanceTimersByTime(1001);
    socket.last('get_reconnectable_teams').ack({ ok: true, teams: [] });
    expect(state()).toMatchObject({ settled: true, queue: null });
  });

  it('is asked for the own seat at once all the same', () => {
    const { socket } = startLobby();
    seatPlayer(socket, 't1');
    socket.lose();
    socket.accept({ connection_stable: false, retry_after_ms: 4000 });
    expect(socket.last('reconnect_with_token').payload['token']).toBe('t1');
  });
});
