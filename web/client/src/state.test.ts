import { describe, expect, it } from 'vitest';
import { initialState, reduce, type HoldfastState } from './state';

const now = 1_000_000;
const play = (events: Array<[string, unknown]>, from: HoldfastState = initialState) =>
  events.reduce((state, [event, data]) => reduce(state, event, data, now), from);
const joined: [string, unknown] = [
  'team_joined',
  {
    team_name: 'Bell',
    team_id: 7,
    player_slot: 2,
    game_started: true,
    game_mode: 'new',
    team_status: 'full',
  },
];

describe('the state', () => {
  it('guesses the seats of a server that does not list them', () => {
    const seats = (status: string, disable_input: boolean) =>
      play([joined, ['team_status_update', { team_name: 'Bell', status, disable_input }]]).team?.seats.map(
        (seat) => seat.state,
      );
    expect(seats('full', false)).toEqual(['connected', 'connected']);
    expect(seats('full', true)).toEqual(['away', 'connected']);
    expect(seats('waiting_pair', true)).toEqual(['vacant', 'connected']);
  });

  it('takes no notice of another team’s status', () => {
    const before = play([joined]);
    expect(play([['team_status_update', { team_name: 'Cats', status: 'full' }]], before)).toBe(before);
  });

  it('forgets the old team’s round when another seat is taken', () => {
    const state = play([
      joined,
      ['new_question', { round_id: 1, round_number: 1, item: 'X' }],
      ['team_created', { team_name: 'Cats', team_id: 8, player_slot: 1, game_started: true }],
    ]);
    expect(state).toMatchObject({ seat: { team_id: 8 }, question: null, myAnswer: null });
  });

  it('ignores the confirmation of an answer to another round', () => {
    const state = play([
      joined,
      ['new_question', { round_id: 2, round_number: 2, item: 'X' }],
      ['answer_confirmed', { round_id: 1, item: 'Y', answer: true }],
    ]);
    expect(state.myAnswer).toBeNull();
  });

  it('keeps the answer when the same question is told again', () => {
    const question = { round_id: 2, round_number: 2, item: 'X' };
    const state = play([
      joined,
      ['new_question', question],
      ['answer_confirmed', { round_id: 2, item: 'X', answer: false }],
      ['new_question', question],
    ]);
    expect(state.myAnswer).toEqual({ round_id: 2, answer: false, confirmed: true });
  });

  it('is clear after a restart of the game, and keeps the seat', () => {
    const state = play([
      joined,
      ['new_question', { round_id: 2, round_number: 2, item: 'X' }],
      ['game_state_update', { paused: true }],
      ['game_reset', {}],
      ['game_state_changed', { game_started: false }],
    ]);
    expect(state).toMatchObject({
      seat: { team_id: 7 },
      question: null,
      game: { started: false, paused: false, mode: 'new' },
    });
  });

  it('forgets a pause that ended while nobody was there to be told', () => {
    const state = play([joined, ['game_state_update', { paused: true }], ['left_team_success', {}], joined]);
    expect(state.game.paused).toBe(false);
  });

  it('keeps what the host has done until it is put away, also across the seats', () => {
    const notice = { what: 'moved', message: 'The host has moved you to seat 1 of the team Newts.' };
    const elsewhere = { team_name: 'Newts', team_id: 8, player_slot: 1, is_reconnection: true };
    const state = play([
      joined,
      ['new_question', { round_id: 2, round_number: 2, item: 'X' }],
      ['team_joined', elsewhere],
      ['host_notice', notice],
      ['team_status_update', { team_name: 'Newts', status: 'full', disable_input: false }],
    ]);
    expect(state).toMatchObject({ seat: { team_id: 8 }, question: null, hostNotice: notice.message });
  });

  it('knows for how long the host lets seats be held', () => {
    const state = play([joined, ['game_grace_changed', { grace_seconds: 600, message: 'Ten minutes.' }]]);
    expect(state).toMatchObject({ server: { grace_seconds: 600 }, hostNotice: 'Ten minutes.' });
  });

  it('does not change for events it does not know', () => {
    expect(reduce(initialState, 'something_new', { a: 1 }, now)).toBe(initialState);
  });
});
