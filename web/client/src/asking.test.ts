import { describe, expect, it } from 'vitest';
import { HostClient } from './host.js';
import { FakeSocket, FakeStorage } from './testing/fake_socket.js';
import { confirm, seatPlayer, startClient, storageKey } from './testing/player.js';

function startInLobby(storage: FakeStorage | null = new FakeStorage()) {
  const started = startClient(storage);
  started.socket.accept();
  started.socket.last('get_reconnectable_teams').ack({ ok: true, teams: [] });
  return started;
}

const askingKey = `${storageKey}.asking`;

describe('asking the host for a seat', () => {
  it('comes back to the question after a reload, and forgets it when it has ended', async () => {
    const before = startInLobby();
    void before.client.askForSeat('Bell', 1, 'Ann');
    before.socket.last('ask_for_seat').ack({ ok: true });
    before.client.stop();

    const { socket, state, storage } = startInLobby(before.storage);
    expect(state().asking).toEqual({ team_name: 'Bell', player_slot: 1, name: 'Ann', asked: false });
    expect(socket.last('ask_for_seat').payload).toMatchObject({
      team_name: 'Bell',
      player_slot: 1,
      name: 'Ann',
    });
    socket.last('ask_for_seat').ack({ ok: true });
    await Promise.resolve();
    expect(state().asking?.asked).toBe(true);
    socket.tell('error', { code: 'request_over', message: 'It is over.' });
    expect(storage?.values.has(askingKey)).toBe(false);
    expect(startInLobby(storage).state().asking).toBeNull();
  });

  it('takes a question for over that is older than the host may take to answer', () => {
    const before = startInLobby();
    void before.client.askForSeat('Bell', 1, 'Ann');
    const kept = JSON.parse(before.storage!.values.get(askingKey)!) as { until: number };
    expect(kept.until).toBeGreaterThan(Date.now() + 500_000);
    before.storage!.values.set(askingKey, JSON.stringify({ ...kept, until: Date.now() - 1 }));
    expect(startInLobby(before.storage).state().asking).toBeNull();
  });

  it.each([['stops asking'], ['is seated']])('keeps nothing of the question once the player %s', (how) => {
    const { client, socket, storage } = startInLobby();
    void client.askForSeat('Bell', 1, 'Ann');
    expect(storage?.values.has(askingKey)).toBe(true);
    if (how === 'stops asking') void client.stopAsking();
    else seatPlayer(socket, 't1', true);
    expect(storage?.values.has(askingKey)).toBe(false);
  });

  it('starts without a question where what is kept cannot be read', () => {
    const storage = new FakeStorage();
    for (const text of ['{', '7', '{"team_name":"Bell"}', 'null']) {
      storage.values.set(askingKey, text);
      expect(startInLobby(storage).state().asking, text).toBeNull();
    }
    storage.forbidden = true;
    expect(startInLobby(storage).state().asking).toBeNull();
  });

  it('lists the seats that wait, also those kept for somebody, and asks for one under an operation id', async () => {
    const { socket, client, state } = startInLobby();
    const found = client.heldSeats();
    socket.last('get_reconnectable_teams').ack({
      ok: true,
      teams: [{ team_name: 'Bell', team_id: 7, player_slot: 1, disconnect_time: 5, has_token: true }],
      reserved: [{ team_name: 'Owls', team_id: 8, player_slot: 2 }],
    });
    expect(await found).toEqual([
      { team_name: 'Bell', team_id: 7, player_slot: 1, disconnect_time: 5 },
      { team_name: 'Owls', team_id: 8, player_slot: 2, disconnect_time: null },
    ]);
    const asked = client.askForSeat('Bell', 1, 'Ann');
    const { payload, ack } = socket.last('ask_for_seat');
    expect(payload).toMatchObject({ team_name: 'Bell', player_slot: 1, name: 'Ann' });
    expect(payload['op']).toBeTypeOf('string');
    expect(state().asking?.asked).toBe(false);
    ack({ ok: true, event: 'seat_asked' });
    await asked;
    expect(state().asking?.asked).toBe(true);
    seatPlayer(socket, 't1', true);
    confirm(socket);
    expect(state().asking).toBeNull();
    expect(state().seat?.player_slot).toBe(1);
  });

  it('asks again by itself over a new connection', async () => {
    const { socket, client, state } = startInLobby();
    const asked = client.askForSeat('Bell', 1, 'Ann');
    socket.last('ask_for_seat').ack({ ok: true });
    await asked;
    socket.lose();
    socket.accept();
    socket.last('get_reconnectable_teams').ack({ ok: true, teams: [] });
    expect(socket.all('ask_for_seat')).toHaveLength(2);
    expect(socket.last('ask_for_seat').payload).toMatchObject({ team_name: 'Bell', name: 'Ann' });
    expect(state().asking).not.toBeNull();
  });

  it('says in words that the host has refused, and stops asking', async () => {
    const { socket, client, state } = startInLobby();
    const asked = client.askForSeat('Bell', 1, 'Ann');
    socket.last('ask_for_seat').ack({ ok: true });
    await asked;
    socket.tell('error', { code: 'request_refused', message: 'The host did not give you that seat.' });
    expect(state().asking).toBeNull();
    expect(state().lastError?.code).toBe('request_refused');
  });

  it('does not wait for a host who was never asked', async () => {
    const { socket, client, state } = startInLobby();
    const asked = client.askForSeat('Bell', 1, 'Ann');
    socket.last('ask_for_seat').ack({ ok: false, code: 'too_many_requests', message: 'Too many.' });
    expect((await asked).ok).toBe(false);
    expect(state().asking).toBeNull();
    expect(state().lastError?.code).toBe('too_many_requests');
  });
});

describe('the host', () => {
  it('sees who claims which seat, and decides under an operation id', () => {
    const socket = new FakeSocket();
    const host = new HostClient({ socket, wake: () => () => {} }).start();
    socket.accept();
    socket.last('dashboard_join').ack({ ok: true, teams: [] });
    socket.tell('seat_claims', { requests: [{ request_id: 9, name: 'Ann' }], bans: [{ ban_id: 4 }] });
    const { claims } = host.state.get();
    expect(claims.requests[0]?.name).toBe('Ann');
    expect(claims.bans[0]?.ban_id).toBe(4);
    expect(claims.reservations).toEqual([]);
    void host.approveRequest(9);
    expect(socket.last('approve_request').payload).toMatchObject({ request_id: 9 });
    expect(socket.last('approve_request').payload['op']).toBeTypeOf('string');
    host.stop();
  });
});
