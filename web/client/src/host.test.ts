import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { emptyBoard, mergeBoard, replaceBoard, type BoardTeam } from './board';
import { HostClient, signIn } from './host';
import { FakeSocket } from './testing/fake_socket';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const team = (team_id: number, team_name: string, round = 0): BoardTeam => ({
  team_id,
  team_name,
  is_active: true,
  status: 'active',
  current_round_number: round,
});
const board = {
  teams: [team(1, 'Bell'), team(2, 'Cats')],
  total_answers_count: 4,
  connected_players_count: 3,
  active_teams_count: 2,
  ready_players_count: 2,
  game_state: { started: true, paused: false, streaming_enabled: true, mode: 'classic' as const },
};

function startHost() {
  const socket = new FakeSocket();
  const host = new HostClient({ socket, wake: () => () => {} }).start();
  return { socket, host, state: () => host.state.get() };
}

function startJoined() {
  const started = startHost();
  started.socket.accept();
  started.socket.last('dashboard_join').ack({ ok: true, ...board });
  return started;
}

describe('the host', () => {
  it('sees the board when the server takes the connection for the host’s', () => {
    const { socket, state } = startJoined();
    expect(state()).toMatchObject({ connection: 'online', access: 'granted' });
    expect(state().board).toMatchObject({ answers: 4, players: 3, started: true, mode: 'classic' });
    expect([...state().board.teams.values()].map((row) => row.team_name)).toEqual(['Bell', 'Cats']);
    expect(socket.last('set_teams_streaming').payload).toEqual({ enabled: true });
  });

  it('is shown to be nobody’s host without the key, and stops knocking', () => {
    const { socket, state } = startHost();
    socket.accept();
    const { attempts } = socket;
    socket.last('dashboard_join').ack({ ok: false, code: 'not_host', message: 'Only the host can do that.' });
    expect(state().access).toBe('denied');
    vi.advanceTimersByTime(60_000);
    expect(socket.connected).toBe(false);
    expect(socket.attempts).toBe(attempts);
  });

  it('joins again after a reconnect, and keeps the connection busy', () => {
    const { socket, state } = startJoined();
    vi.advanceTimersByTime(50_000);
    expect(socket.all('keep_alive')).toHaveLength(2);
    socket.lose();
    expect(state().connection).toBe('offline');
    expect(state().board.teams.size).toBe(2);
    vi.advanceTimersByTime(60_000);
    socket.accept();
    expect(socket.all('dashboard_join')).toHaveLength(2);
    socket.last('dashboard_join').ack({ ok: true, ...board, teams: [team(2, 'Cats')] });
    expect(state().connection).toBe('online');
    expect(state().board.teams.size).toBe(1);
  });

  it('sends a toggle again under the same id when the reply is lost, so that it has one effect', async () => {
    const { socket, host } = startJoined();
    const pausing = host.togglePause();
    socket.lose().accept();
    socket.last('dashboard_join').ack({ ok: true, ...board });
    const [first, again] = socket.all('pause_game');
    expect(again?.payload).toEqual(first?.payload);
    again?.ack({ ok: true });
    expect(await pausing).toMatchObject({ ok: true });
  });

  it('does not keep a click for a connection that comes back later', async () => {
    const { socket, host, state } = startJoined();
    socket.lose();
    expect(await host.startGame()).toMatchObject({ ok: false, code: 'offline' });
    socket.accept();
    socket.last('dashboard_join').ack({ ok: true, ...board });
    expect(socket.all('start_game')).toHaveLength(0);
    expect(state().lastError).toBeNull();
  });

  it('frees a seat by the team’s id and the slot', async () => {
    const { socket, host, state } = startJoined();
    const freeing = host.releaseSeat(2, 1);
    expect(socket.last('release_seat').payload).toMatchObject({ team_id: 2, player_slot: 1 });
    socket.last('release_seat').ack({ ok: false, code: 'bad_request', message: 'Nobody sits there.' });
    expect(await freeing).toMatchObject({ ok: false });
    expect(state().lastError).toEqual({ code: 'bad_request', message: 'Nobody sits there.' });
  });

  it('moves players, holds seats for longer and sets the grace, and shows what came of it', async () => {
    const { socket, host, state } = startJoined();
    const moving = host.movePlayer(1, 2, 7);
    expect(socket.last('move_player').payload).toMatchObject({ team_id: 1, player_slot: 2, to_team_id: 7 });
    expect(socket.last('move_player').payload).not.toHaveProperty('to_player_slot');
    socket.last('move_player').ack({ ok: true, event: 'host_acted', message: 'You have moved somebody.' });
    await moving;
    expect(state().outcome).toBe('You have moved somebody.');
    const holding = host.extendHold(1, 2, 600);
    expect(state().outcome).toBeNull();
    expect(socket.last('extend_hold').payload).toMatchObject({ team_id: 1, player_slot: 2, seconds: 600 });
    socket.last('extend_hold').ack({ ok: false, code: 'seat_not_away', message: 'That player is here.' });
    await holding;
    expect(state()).toMatchObject({ outcome: null, lastError: { code: 'seat_not_away' } });
    void host.setGrace(null);
    expect(socket.last('set_grace').payload).toMatchObject({ grace_seconds: null });
    socket.tell('game_grace_changed', { grace_seconds: 600 });
    expect(state().board.graceSeconds).toBe(600);
  });

  it('counts answers as they come and asks for the statistics when they do not come by themselves', () => {
    const { socket, state } = startJoined();
    socket.tell('new_answer_for_dashboard', { team_name: 'Bell' });
    socket.tell('new_answer_for_dashboard', { team_name: 'Bell' });
    expect(state().board.answers).toBe(6);
    vi.advanceTimersByTime(2500);
    expect(socket.all('request_teams_update')).toHaveLength(1);
    socket.tell('new_answer_for_dashboard', { team_name: 'Bell' });
    socket.tell('team_status_changed_for_dashboard', { teams: [team(1, 'Bell', 9)] });
    vi.advanceTimersByTime(10_000);
    expect(socket.all('request_teams_update')).toHaveLength(1);
    expect(state().board.teams.get('1')?.current_round_number).toBe(9);
    expect(state().board.teams.size).toBe(2);
  });
});

describe('the board', () => {
  it('is replaced by a whole one and changed by a part', () => {
    const whole = replaceBoard(emptyBoard, board, 1000);
    const changed = mergeBoard(whole, { teams: [team(2, 'Cats', 5)], connected_players_count: 4 }, 2000);
    expect(changed.players).toBe(4);
    expect(changed.teams.get('2')?.current_round_number).toBe(5);
    expect(changed.teams.get('1')).toBe(whole.teams.get('1'));
    expect(changed.received.get('1')).toBe(1000);
    expect(changed.received.get('2')).toBe(2000);
    expect(replaceBoard(changed, { ...board, teams: [] }, 3000).teams.size).toBe(0);
  });

  it('keeps its teams when the server does not stream them', () => {
    const whole = replaceBoard(emptyBoard, board, 0);
    const quiet = { ...board, teams: [], game_state: { ...board.game_state, streaming_enabled: false } };
    expect(replaceBoard(whole, quiet, 0).teams.size).toBe(2);
    expect(mergeBoard(whole, { teams: [], ready_players_count: 0 }, 0).teams.size).toBe(2);
  });
});

describe('signing in', () => {
  const answer = (status: number) => vi.stubGlobal('fetch', async () => new Response(null, { status }));

  it('says in words what went wrong', async () => {
    answer(204);
    expect(await signIn('key')).toBeNull();
    answer(401);
    expect(await signIn('key')).toMatch(/not the host key/);
    answer(429);
    expect(await signIn('key')).toMatch(/wait/);
    answer(503);
    expect(await signIn('key')).toMatch(/cannot sign you in/);
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    expect(await signIn('key')).toMatch(/cannot be reached/);
  });
});
