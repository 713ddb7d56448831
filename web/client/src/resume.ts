import { Backoff, notBefore } from './backoff.js';
import { asReply } from './commands.js';
import type { TokenStore } from './token_store.js';
import {
  tellsTokenIsUseless,
  transientCodes,
  type ReconnectableTeam,
  type Refusal,
  type ServerError,
} from './types.js';

/** How long an answer may take before the request is repeated. */
const answerMilliseconds = 5000;
/** A server that does not know `confirm_token` never answers it: then what has come so far has to do. */
const settleMilliseconds = 1500;

export interface ResumeOutlet {
  emit(event: string, payload: Record<string, unknown>, answered: (reply: unknown) => void): void;
  suspect(): void;
  /** The seat is ours again and all that belongs to it has arrived. */
  resumed(): void;
  /** There is no seat to resume. `refusal` says why the token that we had was of no use. */
  noSeat(refusal: Refusal | null): void;
  /** The seat is open in another tab or on another device, and is left there. */
  elsewhere(message: string): void;
  /** It does not work just now; it is tried again. */
  delayed(refusal: Refusal): void;
  /** The server is busy and has asked to wait for that many milliseconds; null: it goes on. */
  queued(milliseconds: number | null): void;
}

/**
 * One connection's way back into the seat: with the stored token, else with one that the server gives to this device
 * (by its cookie). Each token is tried once a connection; a token is forgotten only when the server says that it is of
 * no more use.
 */
export class Resume {
  private readonly tried = new Set<string>();
  private readonly backoff = new Backoff(500, 4000);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private phase: 'asking' | 'settling' | 'done' = 'asking';
  private token: string | null = null;
  private refusal: Refusal | null = null;
  private refusedByEvent: ServerError | null = null;

  constructor(
    private readonly outlet: ResumeOutlet,
    private readonly store: TokenStore,
    /** Nobody has asked for the seat to come here: it is left to another tab that has it. */
    private readonly standsBack: boolean,
  ) {}

  get isRunning(): boolean {
    return this.phase !== 'done';
  }

  /** The seat is ours, and the rest of what belongs to it is on its way. */
  get isSettling(): boolean {
    return this.phase === 'settling';
  }

  /**
   * `claiming`: a team is being created or joined, and its answer was lost. Asking again is the way to the seat.
   * `retryAfter`: the server is busy and asks everybody without a seat to wait for that many milliseconds.
   */
  start(claiming: boolean, retryAfter = 0): void {
    // Without a token another tab has given the seat up or lost it. The server says of this page's own which it was.
    const stored = this.store.read() ?? (claiming ? null : this.store.own());
    if (stored) this.tryToken(stored.token);
    else if (claiming) this.finishWithoutSeat();
    else if (retryAfter > 0) this.discoverLater(retryAfter);
    else this.discover();
  }

  cancel(): void {
    clearTimeout(this.timer);
    this.phase = 'done';
  }

  /** `team_joined` or `team_created` has come. */
  seatTaken(): void {
    if (this.phase === 'asking') this.settleSoon();
  }

  /** The new token has been stored and confirmed, and the server has answered: the snapshot came before that. */
  tokenConfirmed(): void {
    if (this.phase === 'settling') this.finish();
  }

  /** An `error` event. The acknowledgement says the same; servers without acknowledgements have only this. */
  failed(error: ServerError): void {
    if (this.phase === 'asking' && this.token !== null) this.refusedByEvent = error;
  }

  private tryToken(token: string): void {
    this.token = token;
    this.tried.add(token);
    this.refusedByEvent = null;
    this.wait(() => {
      if (this.refusedByEvent && tellsTokenIsUseless(this.refusedByEvent)) {
        this.tokenIsUseless(token, asReply({ ok: false, ...this.refusedByEvent }) as Refusal);
      } else {
        this.outlet.suspect();
        this.tryToken(token);
      }
    }, answerMilliseconds);
    const payload = this.standsBack ? { token, stand_back: true } : { token };
    this.outlet.emit('reconnect_with_token', payload, (answer) => {
      if (this.phase !== 'asking' || this.token !== token) return;
      const reply = asReply(answer);
      if (reply.ok) this.settleSoon();
      else if (tellsTokenIsUseless(reply)) this.tokenIsUseless(token, reply);
      else if (reply.code === 'already_seated') this.settleSoon();
      else if (reply.code === 'taken_over') this.outlet.elsewhere(reply.message);
      else {
        // store_unavailable, rate_limited and the like; and whatever we do not know is no reason to give a seat up.
        const asked = reply.retry_after_ms;
        if (asked === undefined) this.outlet.delayed(reply);
        const again =
          asked !== undefined
            ? notBefore(asked)
            : transientCodes.has(reply.code)
              ? this.backoff.next()
              : answerMilliseconds;
        if (asked !== undefined) this.outlet.queued(again);
        this.wait(() => this.tryToken(token), again);
      }
    });
  }

  private tokenIsUseless(token: string, refusal: Refusal): void {
    this.refusal ??= refusal;
    this.store.forget(token);
    const other = this.store.read();
    if (other && !this.tried.has(other.token)) this.tryToken(other.token);
    else this.discover();
  }

  private discoverLater(retryAfter: number): void {
    const wait = notBefore(retryAfter);
    this.outlet.queued(wait);
    this.wait(() => this.discover(), wait);
  }

  private discover(): void {
    this.token = null;
    this.wait(() => {
      this.outlet.suspect();
      this.finishWithoutSeat();
    }, answerMilliseconds);
    this.outlet.emit('get_reconnectable_teams', {}, (answer) => {
      if (this.phase !== 'asking' || this.token !== null) return;
      const reply = asReply(answer);
      if (!reply.ok && reply.retry_after_ms !== undefined) return this.discoverLater(reply.retry_after_ms);
      const { teams } = reply as { teams?: ReconnectableTeam[] };
      const ours = (Array.isArray(teams) ? teams : [])
        .filter((team) => team.reconnection_token && !this.tried.has(team.reconnection_token))
        .sort((one, other) => other.disconnect_time - one.disconnect_time);
      if (ours[0]?.reconnection_token) this.tryToken(ours[0].reconnection_token);
      else this.finishWithoutSeat();
    });
  }

  private settleSoon(): void {
    this.phase = 'settling';
    this.wait(() => this.finish(), settleMilliseconds);
  }

  private finish(): void {
    this.cancel();
    this.outlet.resumed();
  }

  private finishWithoutSeat(): void {
    this.cancel();
    this.outlet.noSeat(this.refusal);
  }

  private wait(then: () => void, milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(then, milliseconds);
  }
}
