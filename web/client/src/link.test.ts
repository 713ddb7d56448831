import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { confirm, seat, seatPlayer, startSeated } from './testing/player';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the connection', () => {
  it('is left to the library when it is lost', () => {
    const { socket, state } = startSeated();
    const { attempts } = socket;
    socket.lose();
    vi.advanceTimersByTime(60_000);
    expect(socket.attempts).toBe(attempts);
    expect(state().connection).toBe('offline');
  });

  it('is made again by hand when the server has said goodbye', () => {
    const { socket, state } = startSeated();
    const { attempts } = socket;
    socket.dismiss();
    expect(state().connection).toBe('offline');
    vi.advanceTimersByTime(1000);
    expect(socket.attempts).toBe(attempts + 1);
    socket.accept();
    expect(socket.last('reconnect_with_token').payload['token']).toBe('t1');
  });

  it('is tried again by hand when the server refuses it', () => {
    const { socket } = startSeated();
    const { attempts } = socket;
    socket.dismiss();
    for (let refused = 1; refused <= 5; refused += 1) {
      vi.advanceTimersByTime(4000);
      expect(socket.attempts).toBe(attempts + refused);
      socket.active = false;
      socket.tell('connect_error', new Error('overloaded'));
    }
  });

  it('shows a restart until the seat is back, however it ends', () => {
    for (const end of ['lose', 'dismiss'] as const) {
      const { socket, state } = startSeated();
      socket.tell('server_shutdown');
      expect(state().connection).toBe('restarting');
      socket[end]();
      expect(state().connection).toBe('restarting');
      vi.advanceTimersByTime(1000);
      socket.accept();
      seatPlayer(socket, 't2', true);
      confirm(socket);
      expect(state()).toMatchObject({ connection: 'online', seat });
    }
  });

  it('is not believed for ever by a server that announced its end and stays', () => {
    const { socket, state } = startSeated();
    const { attempts } = socket;
    socket.tell('server_shutdown');
    vi.advanceTimersByTime(20_000);
    expect(socket.attempts).toBe(attempts + 1);
    socket.accept();
    seatPlayer(socket, 't2', true);
    confirm(socket);
    expect(state().connection).toBe('online');
  });

  it('that is dead when the phone wakes up is noticed in 3 seconds', () => {
    const { socket, state, wake } = startSeated();
    const { attempts } = socket;
    wake('visible');
    vi.advanceTimersByTime(2900);
    expect(socket.connected).toBe(true);
    vi.advanceTimersByTime(200);
    expect(socket.connected).toBe(false);
    expect(state().connection).toBe('offline');
    expect(socket.attempts).toBe(attempts + 1);
  });

  it('that is alive when the phone wakes up is left alone', () => {
    for (const sign of ['ack', 'event'] as const) {
      const { socket, wake } = startSeated();
      const { attempts } = socket;
      wake('shown');
      if (sign === 'ack') socket.last('get_reconnectable_teams').ack({ ok: true, teams: [] });
      else socket.tell('teams_updated', { teams: [], game_started: false });
      vi.advanceTimersByTime(60_000);
      expect(socket.connected).toBe(true);
      expect(socket.attempts).toBe(attempts);
    }
  });

  it('is tried at once when the network comes back, and not for each of several signs', () => {
    const { socket, wake } = startSeated();
    vi.advanceTimersByTime(5000);
    socket.lose();
    const { attempts } = socket;
    wake('online');
    expect(socket.attempts).toBe(attempts + 1);
    wake('visible');
    wake('shown');
    expect(socket.attempts).toBe(attempts + 1);
    vi.advanceTimersByTime(3000);
    expect(socket.attempts).toBe(attempts + 2);
  });

  it('is not tried for the sign that the network went', () => {
    const { socket, wake } = startSeated();
    socket.lose();
    const { attempts } = socket;
    wake('offline');
    vi.advanceTimersByTime(5000);
    expect(socket.attempts).toBe(attempts);
  });

  it('ends with the client', () => {
    const { socket, client, wake } = startSeated();
    client.stop();
    const { attempts } = socket;
    wake('online');
    vi.advanceTimersByTime(60_000);
    expect(socket.attempts).toBe(attempts);
  });
});
