import type { HoldfastState } from '@holdfast/client';

/** For whoever the server has asked to wait. */
export const inTheQueue =
  'Many people at once: you are in the queue. This page asks again by itself; you do not have to do anything.';

/** What a seated player should do now, in one sentence. */
export function whatNow(state: HoldfastState): string {
  const { question, myAnswer, game, team } = state;
  if (state.connection === 'restarting') return 'The server restarts. Your seat is kept; just wait.';
  if (state.connection === 'offline') {
    return myAnswer && !myAnswer.confirmed
      ? 'No connection. Your seat is kept, and your answer goes out when it is back.'
      : 'No connection. Your seat is kept; just wait.';
  }
  if (state.queue) return inTheQueue;
  if (state.connection === 'connecting') return 'Back in a moment. Your seat is kept.';
  const others = (team?.seats ?? []).filter((seat) => seat.player_slot !== state.seat?.player_slot);
  const away = others.some((seat) => seat.state === 'away');
  const vacant = others.some((seat) => seat.state === 'vacant');
  if (game.started && game.paused) return 'The host has paused the game. Just wait.';
  if (question && !myAnswer) return 'Your turn: true or false?';
  if (myAnswer && !myAnswer.confirmed) return 'Sending your answer…';
  if (vacant) return 'Waiting for a partner to join your team.';
  if (away) return 'Your partner has lost the connection. Their seat is held; wait for them.';
  if (question) return 'Answered. Waiting for your partner.';
  if (!game.started) return 'Your team is complete. The host starts the game soon.';
  return 'The next question is coming.';
}

/** What helps while there is no question. */
export function meanwhile(state: HoldfastState): string {
  if (state.connection !== 'online')
    return 'This page keeps trying by itself. You do not have to do anything.';
  const vacant = (state.team?.seats ?? []).some((seat) => seat.state === 'vacant');
  if (vacant)
    return `Your partner opens this page on another phone and joins “${state.seat?.team_name ?? ''}”.`;
  return 'You may lock your phone or close this page: your seat is kept for you.';
}
