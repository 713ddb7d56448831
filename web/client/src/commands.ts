import { Backoff, notBefore } from './backoff.js';
import { newOperation } from './operation.js';
import { transientCodes, type Reply } from './types.js';

/** How long an answer may take before the connection is looked at and the command is sent again. */
const answerMilliseconds = 4000;
/** How long a command goes on being refused for now before the player is told. */
const patienceMilliseconds = 20_000;
/** After that, behind what the server said again and again. */
const notTaken = 'What you did last was not taken: please do it again.';
/** The same for one that is in the queue of a busy server, which says when to come back. */
const queuePatienceMilliseconds = 180_000;

interface Command {
  readonly event: string;
  readonly payload: Record<string, unknown>;
  readonly resolve: (reply: Reply) => void;
  readonly backoff: Backoff;
  timer: ReturnType<typeof setTimeout> | undefined;
  refusedSince: number | undefined;
  queued: boolean;
}

export interface CommandOutlet {
  emit(event: string, payload: Record<string, unknown>, answered: (reply: unknown) => void): void;
  /** No answer has come in time: the connection may be dead. */
  suspect(): void;
  /** The server is too busy for a command, which is sent again after that many milliseconds; null: none waits so. */
  queued?(milliseconds: number | null): void;
}

/**
 * Commands that are repeated, under the same operation id, until the server has answered them: after a lost reply,
 * after a reconnect, and while the server says that it cannot do it just now. A server knows the id and does it once.
 */
export class CommandQueue {
  private readonly waiting = new Set<Command>();
  private isOpen = false;

  constructor(private readonly outlet: CommandOutlet) {}

  /** Resolves with the server's answer, however long the connection is away. Never rejects. */
  submit(event: string, payload: Record<string, unknown> = {}): Promise<Reply> {
    return new Promise((resolve) => {
      const command: Command = {
        event,
        payload: { ...payload, op: newOperation() },
        resolve,
        backoff: new Backoff(500, 4000),
        timer: undefined,
        refusedSince: undefined,
        queued: false,
      };
      this.waiting.add(command);
      if (this.isOpen) this.send(command);
    });
  }

  /** True while a command of one of these names has no answer yet. */
  has(...events: string[]): boolean {
    return this.find(events, () => true).length > 0;
  }

  /** The connection is there and the player is known: whatever waits is sent, in its order. */
  open(): void {
    this.isOpen = true;
    for (const command of [...this.waiting]) this.send(command);
  }

  close(): void {
    this.isOpen = false;
    for (const command of this.waiting) clearTimeout(command.timer);
  }

  /** Another message has made clear what came of these commands. */
  settle(
    events: string[],
    reply: Reply,
    matches: (payload: Record<string, unknown>) => boolean = () => true,
  ) {
    for (const command of this.find(events, matches)) this.finish(command, reply);
  }

  settleAll(reply: Reply): void {
    for (const command of [...this.waiting]) this.finish(command, reply);
  }

  private find(events: string[], matches: (payload: Record<string, unknown>) => boolean): Command[] {
    return [...this.waiting].filter((command) => events.includes(command.event) && matches(command.payload));
  }

  private send(command: Command): void {
    clearTimeout(command.timer);
    command.timer = setTimeout(() => {
      this.outlet.suspect();
      if (this.isOpen && this.waiting.has(command)) this.send(command);
    }, answerMilliseconds);
    this.outlet.emit(command.event, command.payload, (reply) => this.answered(command, reply));
  }

  private answered(command: Command, answer: unknown): void {
    // A command that was sent twice may be answered twice; the first answer counts.
    if (!this.waiting.has(command)) return;
    const reply = asReply(answer);
    if (!reply.ok && transientCodes.has(reply.code)) {
      command.refusedSince ??= Date.now();
      const asked = reply.retry_after_ms;
      const patience =
        asked === undefined || !this.outlet.queued ? patienceMilliseconds : queuePatienceMilliseconds;
      if (Date.now() - command.refusedSince < patience) {
        clearTimeout(command.timer);
        const wait = asked === undefined ? command.backoff.next() : notBefore(asked);
        command.timer = setTimeout(() => {
          if (this.isOpen) this.send(command);
        }, wait);
        if (asked !== undefined) {
          command.queued = true;
          this.outlet.queued?.(wait);
        }
        return;
      }
      this.finish(command, { ...reply, message: `${reply.message} ${notTaken}` });
      return;
    }
    this.finish(command, reply);
  }

  private finish(command: Command, reply: Reply): void {
    clearTimeout(command.timer);
    this.waiting.delete(command);
    if (command.queued && ![...this.waiting].some(({ queued }) => queued)) this.outlet.queued?.(null);
    command.resolve(reply);
  }
}

/** The answer as a reply, whatever it is: a server without this contract may acknowledge with anything. */
export function asReply(answer: unknown): Reply {
  if (typeof answer === 'object' && answer !== null) {
    const { ok, code, message, retry_after_ms } = answer as Record<string, unknown>;
    if (ok === false) {
      return {
        ok: false,
        code: typeof code === 'string' ? code : 'unknown',
        message: typeof message === 'string' ? message : 'That did not work. Please try again.',
        ...(typeof retry_after_ms === 'number' && retry_after_ms > 0 ? { retry_after_ms } : {}),
      };
    }
    return { ...(answer as Record<string, unknown>), ok: true };
  }
  return { ok: true };
}
