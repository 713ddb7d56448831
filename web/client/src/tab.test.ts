import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HoldfastClient } from './client';
import type { SocketLike } from './socket';
import { FakeSocket, FakeStorage } from './testing/fake_socket';
import {
  confirm,
  seat,
  seatPlayer,
  startClient,
  startSeated,
  storageKey,
  type Started,
} from './testing/player';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const nameOf = ({ socket }: Started) => socket.auth as unknown as { tab: number; page: number };
/** What a browser gives to a tab that is duplicated, or opened by the page. */
const copyOf = (session: FakeStorage): FakeStorage => {
  const copy = new FakeStorage();
  for (const [key, value] of session.values) copy.values.set(key, value);
  return copy;
};
/** The page is loaded anew in the same tab. */
const reload = (before: Started): Started => {
  before.leave();
  return startClient(before.storage, before.session);
};
const takenOver = { team_name: 'Bell', player_slot: 1, code: 'taken_over', message: 'Open over there.' };
const shown = ({ socket }: Started) => socket.last('reconnect_with_token').payload;

describe('the name of a tab', () => {
  it('is told with each connection, beside what a socket of one’s own says', () => {
    const first = startSeated();
    const { tab, page } = nameOf(first);
    for (const number of [tab, page]) {
      expect(Number.isInteger(number) && number > 0 && number < 2 ** 32).toBe(true);
    }
    expect(nameOf(startClient()).tab).not.toBe(tab);

    const own = new FakeSocket();
    own.auth = { ticket: 5 };
    new HoldfastClient({ socket: own, storage: null, session: null }).start();
    expect(own.auth).toMatchObject({ ticket: 5, tab: expect.any(Number), page: expect.any(Number) });
    const computed: SocketLike = new FakeSocket();
    computed.auth = (done) => done({ ticket: 6 });
    new HoldfastClient({ socket: computed, storage: null, session: null }).start();
    const given = vi.fn();
    (computed.auth as (done: (auth: object) => void) => void)(given);
    expect(given.mock.calls[0]?.[0]).toMatchObject({ ticket: 6, tab: expect.any(Number) });
  });

  it('stays after a reload, and the page in it is another one', () => {
    const before = startSeated();
    const after = reload(before);
    expect(nameOf(after).tab).toBe(nameOf(before).tab);
    expect(nameOf(after).page).not.toBe(nameOf(before).page);
  });

  it('is not copied into a duplicate of a tab that somebody looks at', () => {
    for (const original of [startSeated(), reload(startSeated())]) {
      const duplicate = startClient(original.storage, copyOf(original.session));
      expect(nameOf(duplicate).tab).not.toBe(nameOf(original).tab);
    }
  });

  it('is kept for a page that a phone ends in the background, and taken back when it is looked at again', () => {
    const page = startSeated();
    page.leave();
    expect([...page.session.values.values()]).toEqual([String(nameOf(page).tab)]);
    page.look();
    expect(page.session.values.size).toBe(0);
  });

  it('is a new one where the storage is forbidden or holds rubbish', () => {
    const forbidden = new FakeStorage();
    forbidden.forbidden = true;
    expect(nameOf(startClient(new FakeStorage(), forbidden)).tab).toBeGreaterThan(0);
    for (const rubbish of ['x', '-1', '0', '1.5', '4294967296', 'NaN']) {
      const session = new FakeStorage();
      session.values.set('seat.tab', rubbish);
      const { tab } = nameOf(startClient(new FakeStorage(), session));
      expect(Number.isInteger(tab) && tab > 0 && tab < 2 ** 32).toBe(true);
    }
  });

  it('ends with the client, for the next one in the same page', () => {
    const first = startSeated();
    first.client.stop();
    expect(nameOf(startClient(first.storage, first.session)).tab).toBe(nameOf(first).tab);
  });
});

describe('who takes the seat from whom', () => {
  it('a new tab takes it', () => {
    const original = startSeated();
    const duplicate = startClient(original.storage, copyOf(original.session));
    duplicate.socket.accept();
    expect(shown(duplicate)).toEqual({ token: 't1' });
    // Until it has the seat, also over its next connections.
    duplicate.socket.lose().accept();
    expect(shown(duplicate)).toEqual({ token: 't1' });
  });

  it('a page that has lost its connection stands back, and so does a reload', () => {
    const page = startSeated();
    page.socket.lose().accept();
    expect(shown(page)).toEqual({ token: 't1', stand_back: true });
    const after = reload(page);
    after.socket.accept();
    expect(shown(after)).toEqual({ token: 't1', stand_back: true });
  });

  // Another tab had given the seat up, moved it or lost it, and with the seat the token of all tabs was gone.
  it('a page that takes back a seat which is gone hears why', () => {
    const page = startSeated();
    page.socket.tell('taken_over', { ...takenOver, by: 'second_tab' });
    page.storage?.removeItem(storageKey);
    page.client.takeBack();
    page.socket.accept();
    expect(shown(page)).toEqual({ token: 't1' });
    const refusal = { code: 'seat_released', message: 'The host has freed your seat.' };
    page.socket.last('reconnect_with_token').ack({ ok: false, ...refusal });
    page.socket.last('get_reconnectable_teams').ack({ ok: true, teams: [] });
    expect(page.state()).toMatchObject({ connection: 'online', seat: null, lastError: refusal });
  });

  it('told that another tab has it, the page offers to take it back, and does so only when asked', () => {
    const page = startSeated();
    page.socket.lose().accept();
    page.socket.tell('taken_over', { ...takenOver, by: 'second_tab' });
    expect(page.state()).toMatchObject({
      connection: 'elsewhere',
      takenOverBy: 'second_tab',
      lastError: null,
    });
    expect(page.socket.connected).toBe(false);
    const { attempts } = page.socket;
    page.wake('online');
    page.wake('visible');
    vi.advanceTimersByTime(120_000);
    expect(page.socket.attempts).toBe(attempts);

    page.client.takeBack();
    expect(page.state()).toMatchObject({ connection: 'connecting', takenOverBy: null });
    page.socket.accept();
    expect(shown(page)).toEqual({ token: 't1' });
    seatPlayer(page.socket, 't2', true);
    confirm(page.socket);
    expect(page.state()).toMatchObject({ connection: 'online', seat });
    page.socket.lose().accept();
    expect(shown(page)).toEqual({ token: 't2', stand_back: true });
  });

  it('an acknowledgement alone says it as well', () => {
    const page = startSeated();
    page.socket.lose().accept();
    page.socket
      .last('reconnect_with_token')
      .ack({ ok: false, code: 'taken_over', message: 'Open over there.' });
    expect(page.state()).toMatchObject({ connection: 'elsewhere', takenOverBy: null, lastError: null });
    vi.advanceTimersByTime(60_000);
    expect(page.socket.all('reconnect_with_token')).toHaveLength(1);
  });

  it('a reload of a page that was told stands back too', () => {
    const page = startSeated();
    page.socket.tell('taken_over', { ...takenOver, by: 'other_device' });
    expect(page.state().takenOverBy).toBe('other_device');
    const after = reload(page);
    after.socket.accept();
    expect(shown(after)).toEqual({ token: 't1', stand_back: true });
  });

  it('its own newer connection is nobody else', () => {
    const page = startSeated();
    page.socket.tell('taken_over', { ...takenOver, by: 'new_connection' });
    expect(page.state()).toMatchObject({ connection: 'online', seat, takenOverMessage: null });
    expect(page.socket.connected).toBe(true);
  });

  it('a living page that is told of its own reload has met a copy of its tab, and takes another name', () => {
    const page = startSeated();
    const { tab } = nameOf(page);
    page.socket.tell('taken_over', { ...takenOver, by: 'reload' });
    expect(page.state()).toMatchObject({ connection: 'elsewhere', takenOverBy: 'second_tab' });
    expect(nameOf(page).tab).not.toBe(tab);
  });
});
