import { endsAsking, heldSeatsFrom, type HeldSeat } from './asking.js';
import { AskingStore, tabStorage } from './asking_store.js';
import { asReply, CommandQueue } from './commands.js';
import { Link, type LinkState } from './link.js';
import { Observable } from './observable.js';
import { Resume } from './resume.js';
import { connectSocket, type SocketLike } from './socket.js';
import { initialState, reduce, withoutSeat, type HoldfastState } from './state.js';
import { browserLeaving, Tab, type LeavingSource } from './tab.js';
import { browserStorage, TokenStore, type StorageLike } from './token_store.js';
import {
  tellsTokenIsUseless,
  transientCodes,
  uselessTokenCodes,
  type AnswerConfirmed,
  type ConnectionEstablished,
  type ReconnectionToken,
  type Refusal,
  type Reply,
  type SeatTaken,
  type ServerError,
  type TakenOver,
} from './types.js';
import { browserWake, type WakeSource } from './wake.js';

export interface HoldfastOptions {
  /** The server's address; the page's own by default. */
  url?: string;
  /** The path of the Socket.IO endpoint, `/socket.io/` by default. */
  path?: string;
  /**
   * Where the token is kept: `localStorage` by default; null keeps it in memory. What the host was asked is kept there as
   * well, by default in `sessionStorage`.
   */
  storage?: StorageLike | null;
  /** Where it is kept in there. By default a name with the server's address in it. */
  storageKey?: string;
  /** A socket of one's own instead of the one made from `url` and `path`; not connected yet. */
  socket?: SocketLike;
  wake?: WakeSource;
  /** Where the name of this tab outlives a reload: `sessionStorage` by default. */
  session?: StorageLike | null;
  leaving?: LeavingSource;
}

/** What could not be done for the moment is no news any more after this. */
const transientErrorMilliseconds = 60_000;

/**
 * What the player need not be told: of `taken_over` the state tells, and an answer that came too late for a round which
 * the host has ended leaves nothing to do.
 */
const unspoken: ReadonlySet<string> = new Set(['closed', 'taken_over', 'wrong_round']);
const claims = ['create_team', 'join_team', 'reactivate_team', 'move_seat', 'claim_seat'];
const stateEvents = [
  'team_created',
  'team_joined',
  'team_status_update',
  'teams_updated',
  'player_left',
  'game_start',
  'game_state_changed',
  'game_state_update',
  'game_mode_changed',
  'game_reset',
  'game_grace_changed',
  'host_notice',
  'new_question',
  'answer_confirmed',
  'round_complete',
];

/**
 * A player. Connects, keeps its token, and comes back into its seat by itself after a reload, a lost network or a
 * restarted server. Read `state`, call the commands; each resolves with the server's answer and is repeated until there
 * is one.
 */
export class HoldfastClient {
  readonly state = new Observable<HoldfastState>(initialState);
  private readonly socket: SocketLike;
  private readonly link: Link;
  private readonly tokens: TokenStore;
  private readonly tab: Tab;
  private fading: ReturnType<typeof setTimeout> | undefined;
  /** Somebody wants the seat here: it was opened in a new tab, or asked for. */
  private isWanted = true;
  private readonly commands: CommandQueue;
  private resume: Resume | null = null;
  /** What the running resume has been told anew; what it has not been told is no longer so. */
  private told = new Set<string>();
  private problems = 0;

  constructor(options: HoldfastOptions = {}) {
    this.socket = options.socket ?? connectSocket(options);
    const key = options.storageKey ?? `holdfast.seat:${originOf(options.url)}`;
    this.tokens = new TokenStore(options.storage === undefined ? browserStorage() : options.storage, key);
    this.keepAsking(
      new AskingStore(options.storage === undefined ? tabStorage() : options.storage, `${key}.asking`),
    );
    const session = options.session === undefined ? tabStorage() : options.session;
    this.tab = new Tab(session, `${key}.tab`, options.leaving ?? browserLeaving);
    const emit = (event: string, payload: Record<string, unknown>, answered: (reply: unknown) => void) => {
      this.socket.emit(event, payload, answered);
    };
    this.commands = new CommandQueue({
      emit,
      suspect: () => this.link.probe(),
      queued: (milliseconds) => this.queued(milliseconds),
    });
    this.link = new Link(
      this.socket,
      'get_reconnectable_teams',
      { ready: (established) => this.ready(established), changed: (state) => this.linkChanged(state) },
      options.wake ?? browserWake,
    );
    this.listen(emit);
  }

  /** Connects. Returns itself. */
  start(): this {
    if (this.link.state === 'parked') {
      this.isWanted = this.tab.enter();
      this.introduce();
    }
    this.link.start();
    return this;
  }

  /** Disconnects and answers whatever waits with `closed`. The seat is held by the server as after any lost connection. */
  stop(): void {
    clearTimeout(this.fading);
    this.resume?.cancel();
    this.link.park();
    this.tab.exit();
    this.commands.settleAll({ ok: false, code: 'closed', message: 'The page was closed.' });
  }

  createTeam(teamName: string): Promise<Reply> {
    return this.claim('create_team', { team_name: teamName });
  }

  joinTeam(teamName: string): Promise<Reply> {
    return this.claim('join_team', { team_name: teamName });
  }

  reactivateTeam(teamName: string): Promise<Reply> {
    return this.claim('reactivate_team', { team_name: teamName });
  }

  /** Gives the seat up for good. */
  async leaveTeam(): Promise<Reply> {
    const left = this.state.get().seat;
    const reply = await this.commands.submit('leave_team');
    const seat = this.state.get().seat;
    // Done long ago, and answered only now, in another seat of the player's: that one is not given up.
    const isAnother =
      left && seat && (left.team_id !== seat.team_id || left.player_slot !== seat.player_slot);
    if (reply.ok && isAnother) return reply;
    if (reply.ok) this.giveUp(typeof reply['message'] === 'string' ? reply['message'] : null);
    else this.report(reply);
    return reply;
  }

  /** Answers the question in `state`. Until it is confirmed, `myAnswer` says so. */
  async submitAnswer(answer: boolean): Promise<Reply> {
    const { question, myAnswer } = this.state.get();
    if (!question) return { ok: false, code: 'game_not_started', message: 'There is no question yet.' };
    if (myAnswer?.round_id === question.round_id) {
      return { ok: false, code: 'already_answered', message: 'You have answered this question already.' };
    }
    const { round_id, item } = question;
    this.state.update({ myAnswer: { round_id, answer, confirmed: false } });
    const reply = await this.commands.submit('submit_answer', { round_id, item, answer });
    if (reply.ok) this.clearError();
    const now = this.state.get();
    const shown = now.myAnswer?.round_id === round_id && !now.myAnswer.confirmed;
    if (reply.ok) {
      const confirmed: AnswerConfirmed = { answer, ...(reply as AnswerConfirmed), round_id };
      if (shown) this.state.set(reduce(now, 'answer_confirmed', confirmed, Date.now()));
    } else {
      if (shown) this.state.update({ myAnswer: null });
      this.report(reply);
    }
    return reply;
  }

  /**
   * A code that brings this seat to another phone; `code` and `expires_in` (seconds) are in the reply. It is good once, and
   * a new one ends the one before.
   */
  async offerMove(): Promise<Reply> {
    const reply = await this.commands.submit('get_move_code');
    if (!reply.ok) this.report(reply);
    return reply;
  }

  /** On the other phone: takes the seat that the code stands for. */
  moveHere(code: string): Promise<Reply> {
    return this.claim('move_seat', { code });
  }

  /** Takes the seat that the host keeps for this player. `code` is what the host handed out. */
  claimSeat(code: string): Promise<Reply> {
    return this.claim('claim_seat', { code });
  }

  /** The seats that wait for their players, for somebody whose phone is dead. */
  async heldSeats(): Promise<HeldSeat[]> {
    return heldSeatsFrom(await this.commands.submit('get_reconnectable_teams'));
  }

  /**
   * Asks the host for the seat of a phone that is dead. `name` says who the player is. While the host thinks, `asking` is set in
   * the state; after a lost connection, a reload of the page or a restart of the server the host is asked again by itself.
   * The end is the seat, or a refusal in `lastError`.
   */
  async askForSeat(teamName: string, playerSlot: number, name: string): Promise<Reply> {
    this.state.update({
      lastError: null,
      notice: null,
      asking: { team_name: teamName, player_slot: playerSlot, name, asked: false },
    });
    return this.ask();
  }

  /** Takes the question back. */
  async stopAsking(): Promise<Reply> {
    this.state.update({ asking: null });
    return this.commands.submit('stop_asking');
  }

  /** A reload finds the question again; `noSeat` puts it. Whatever ends it ends what is kept of it. */
  private keepAsking(store: AskingStore): void {
    let kept = store.read();
    if (kept) this.state.update({ asking: kept });
    this.state.subscribe(({ asking }) => {
      if (asking === kept) return;
      kept = asking;
      store.write(asking);
    });
  }

  private async ask(): Promise<Reply> {
    const { asking } = this.state.get();
    if (!asking) return asReply({ ok: false });
    const { team_name, player_slot, name } = asking;
    const reply = await this.commands.submit('ask_for_seat', { team_name, player_slot, name });
    const now = this.state.get().asking;
    if (now?.team_name === team_name && now.player_slot === player_slot) {
      this.state.update({ asking: reply.ok ? { ...now, asked: true } : null });
    }
    if (!reply.ok) this.report(reply);
    return reply;
  }

  /** After `elsewhere`: takes the seat back into this tab. */
  takeBack(): void {
    if (this.state.get().connection !== 'elsewhere') return;
    this.state.update({
      connection: 'connecting',
      takenOverMessage: null,
      takenOverBy: null,
      lastError: null,
    });
    this.isWanted = true;
    this.link.start();
  }

  dismissError(): void {
    this.state.update({ lastError: null });
  }

  dismissHostNotice(): void {
    this.state.update({ hostNotice: null });
  }

  private async claim(event: string, payload: Record<string, unknown>): Promise<Reply> {
    this.state.update({ lastError: null, notice: null });
    const reply = await this.commands.submit(event, payload);
    if (!reply.ok) {
      this.report(reply);
      return reply;
    }
    this.clearError();
    if (!this.state.get().seat && typeof reply['player_slot'] === 'number') {
      this.apply(typeof reply.event === 'string' ? reply.event : 'team_joined', reply);
    }
    return reply;
  }

  private listen(
    emit: (event: string, payload: Record<string, unknown>, answered: (r: unknown) => void) => void,
  ) {
    for (const event of stateEvents) {
      this.socket.on(event, (data: unknown) => this.apply(event, data ?? {}));
    }
    this.socket.on('reconnection_token', (data: ReconnectionToken) => {
      if (typeof data?.token !== 'string') return;
      const { token, team_name, player_slot } = data;
      // Stored first, confirmed then: until the server has heard of it, it takes the token before as well.
      this.tokens.write({ token, team_name, player_slot });
      const resume = this.resume;
      emit('confirm_token', { token }, () => resume?.tokenConfirmed());
    });
    this.socket.on('left_team_success', (data?: { message?: string }) => this.giveUp(data?.message ?? null));
    this.socket.on('team_left', (data?: { message?: string }) => this.giveUp(data?.message ?? null));
    this.socket.on('taken_over', (data?: TakenOver) => this.goneElsewhere(data ?? {}));
    this.socket.on('error', (data?: ServerError) => this.errorEvent(data ?? {}));
  }

  private apply(event: string, data: unknown): void {
    this.told.add(event);
    const next = reduce(this.state.get(), event, data, Date.now());
    this.state.set(next);
    if (event === 'team_created' || event === 'team_joined') {
      const { team_name, is_reconnection } = data as SeatTaken;
      const ours = (payload: Record<string, unknown>) =>
        is_reconnection !== true || payload['team_name'] === team_name;
      this.commands.settle(claims, { ...(data as object), ok: true, event }, ours);
      this.resume?.seatTaken();
    } else if (event === 'answer_confirmed' && next.myAnswer?.confirmed) {
      const { round_id } = next.myAnswer;
      const reply: Reply = { ...(data as object), ok: true, event };
      this.commands.settle(['submit_answer'], reply, (payload) => payload['round_id'] === round_id);
    }
  }

  private ready(established: ConnectionEstablished): void {
    const state = reduce(this.state.get(), 'connection_established', established, Date.now());
    this.state.set({ ...state, connection: 'connecting' });
    this.told = new Set();
    this.resume?.cancel();
    this.resume = new Resume(
      {
        emit: (event, payload, answered) => this.socket.emit(event, payload, answered),
        suspect: () => this.link.probe(),
        resumed: () => this.online(),
        noSeat: (refusal) => this.noSeat(refusal),
        elsewhere: (message) => this.goneElsewhere({ message }),
        delayed: (refusal) => this.report(refusal),
        queued: (milliseconds) => this.queued(milliseconds),
      },
      this.tokens,
      !this.isWanted,
    );
    const { connection_stable, retry_after_ms = 0 } = established;
    this.resume.start(this.commands.has(...claims), connection_stable === false ? retry_after_ms : 0);
  }

  private queued(milliseconds: number | null): void {
    this.state.update({ queue: milliseconds === null ? null : { until: Date.now() + milliseconds } });
  }

  private linkChanged(state: LinkState): void {
    if (state === 'ready') return;
    this.resume?.cancel();
    this.commands.close();
    if (state === 'parked') return;
    this.state.update({ connection: state, queue: null });
  }

  /** In the seat again: forget what the server has not told anew, and send what waits. */
  private online(): void {
    this.isWanted = false;
    const state = this.state.get();
    const waitsForAnswer = state.myAnswer?.confirmed === false;
    this.state.set({
      ...state,
      connection: 'online',
      settled: true,
      question: this.told.has('new_question') ? state.question : null,
      myAnswer: this.told.has('answer_confirmed') || waitsForAnswer ? state.myAnswer : null,
      game: { ...state.game, paused: this.told.has('game_state_update') && state.game.paused },
      lastError: null,
      queue: null,
    });
    this.commands.open();
  }

  private noSeat(refusal: Refusal | null): void {
    this.isWanted = false;
    const state = this.state.get();
    const left = this.commands.has('leave_team');
    this.state.set({
      ...withoutSeat(state),
      connection: 'online',
      settled: true,
      lastError: null,
      queue: null,
      notice: state.seat ? null : state.notice,
    });
    // The seat is gone, so that leaving it has been done.
    this.commands.settle(['leave_team'], { ok: true, event: 'left_team_success' });
    this.commands.settle(
      ['submit_answer'],
      refusal ?? { ok: false, code: 'not_seated', message: 'You are not in a team any more.' },
    );
    if (refusal && !left) this.report(refusal);
    // The server remembers who asks for a while only: over a new connection it is asked again.
    if (state.asking?.asked) {
      this.state.update({ asking: { ...state.asking, asked: false } });
      void this.ask();
    }
    this.commands.open();
  }

  private giveUp(notice: string | null): void {
    this.tokens.clear();
    this.commands.settle(['leave_team'], {
      ok: true,
      event: 'left_team_success',
      ...(notice === null ? {} : { message: notice }),
    });
    this.state.set({ ...withoutSeat(this.state.get()), notice });
  }

  /** Tells the server, with each connection from now on, which page this is. */
  private introduce(): void {
    const { name } = this.tab;
    const given = this.socket.auth;
    this.socket.auth =
      typeof given === 'function'
        ? (done) => given((auth) => done({ ...auth, ...name }))
        : { ...given, ...name };
  }

  private goneElsewhere({ by, message }: TakenOver): void {
    // That was for a connection which this page has given up: the seat is here.
    if (by === 'new_connection') return;
    let reason = message ?? 'Your seat is open in another tab or on another device.';
    if (by === 'reload') {
      // This page lives. So it was no reload but a copy of this tab, with the name of this tab.
      reason = 'Your seat is open in another tab.';
      this.tab.renew();
      this.introduce();
    }
    this.isWanted = false;
    this.commands.settleAll({ ok: false, code: 'taken_over', message: reason });
    this.state.update({
      connection: 'elsewhere',
      takenOverMessage: reason,
      takenOverBy: by === 'reload' ? 'second_tab' : (by ?? null),
      lastError: null,
    });
    this.resume?.cancel();
    this.link.park();
  }

  private errorEvent(error: ServerError): void {
    if (error.code === 'taken_over') {
      this.goneElsewhere(error.message === undefined ? {} : { message: error.message });
      return;
    }
    if (this.resume?.isRunning) {
      // The host may free a seat in the moment in which its player comes back to it.
      if (this.resume.isSettling && tellsTokenIsUseless(error)) {
        this.tokens.clear();
        this.resume.cancel();
        this.noSeat({
          ok: false,
          code: error.code ?? 'unknown',
          message: error.message ?? 'Your seat is gone.',
        });
        return;
      }
      this.resume.failed(error);
      return;
    }
    if (endsAsking.has(error.code ?? '')) this.state.update({ asking: null });
    const seat = this.state.get().seat;
    if (seat && tellsTokenIsUseless(error)) {
      // The host has freed the seat while we sat in it.
      this.tokens.clear();
      this.state.set(withoutSeat(this.state.get()));
    } else if (uselessTokenCodes.has(error.code ?? '')) {
      return; // The acknowledgement has said so already.
    }
    // The command is in the queue then, as its acknowledgement says.
    if (error.retry_after_ms !== undefined && transientCodes.has(error.code ?? '')) return;
    this.report({
      ok: false,
      code: error.code ?? 'unknown',
      message: error.message ?? 'Something went wrong.',
    });
  }

  private clearError(): void {
    if (this.state.get().lastError) this.state.update({ lastError: null });
  }

  private report(refusal: Refusal): void {
    const { lastError } = this.state.get();
    // It is being tried again, and the player knows.
    if (refusal.retry_after_ms !== undefined && this.state.get().queue) return;
    // An acknowledgement and an `error` event tell the same thing.
    if (lastError?.code === refusal.code && lastError.message === refusal.message) return;
    if (unspoken.has(refusal.code)) return;
    this.problems += 1;
    const number = this.problems;
    this.state.update({ lastError: { code: refusal.code, message: refusal.message, number } });
    clearTimeout(this.fading);
    if (!transientCodes.has(refusal.code)) return;
    this.fading = setTimeout(() => {
      if (this.state.get().lastError?.number === number) this.dismissError();
    }, transientErrorMilliseconds);
  }
}

function originOf(url: string | undefined): string {
  try {
    if (url !== undefined) return new URL(url, globalThis.location?.href).origin;
  } catch {
    return url ?? '';
  }
  return globalThis.location?.origin ?? '';
}
