import { emptyBoard, mergeBoard, replaceBoard, type Board, type BoardUpdate } from './board.js';
import { claimsFrom, noClaims, type Claims } from './claims.js';
import { asReply, CommandQueue } from './commands.js';
import { Link, type LinkState } from './link.js';
import { Observable } from './observable.js';
import { connectSocket, type SocketLike } from './socket.js';
import type { GameMode, Reply } from './types.js';
import { browserWake, type WakeSource } from './wake.js';

export interface HostOptions {
  url?: string;
  path?: string;
  /** The host's key. Without it the cookie that `signIn` has got counts. */
  hostKey?: string;
  socket?: SocketLike;
  wake?: WakeSource;
}

export interface HostState {
  connection: 'connecting' | 'online' | 'offline' | 'restarting';
  /** Whether the server takes this connection for the host's. */
  access: 'unknown' | 'granted' | 'denied';
  board: Board;
  /** Who claims which seat: requests that wait for the host. */
  claims: Claims;
  lastError: { code: string; message: string } | null;
  /** What came of the last thing that the host did with a seat, in words. */
  outcome: string | null;
}

const keepAliveMilliseconds = 25_000;
/** Answers change the statistics: how long to wait for the server to send them before asking. */
const refreshMilliseconds = 2000;

/** The host: sees every team and runs the game. */
export class HostClient {
  readonly state = new Observable<HostState>({
    connection: 'connecting',
    access: 'unknown',
    board: emptyBoard,
    claims: noClaims,
    lastError: null,
    outcome: null,
  });
  private readonly socket: SocketLike;
  private readonly link: Link;
  private readonly commands: CommandQueue;
  private keepAlive: ReturnType<typeof setInterval> | undefined;
  private refresh: ReturnType<typeof setTimeout> | undefined;

  constructor(options: HostOptions = {}) {
    const auth = options.hostKey === undefined ? undefined : { host_key: options.hostKey };
    this.socket = options.socket ?? connectSocket({ url: options.url, path: options.path, auth });
    this.commands = new CommandQueue({
      emit: (event, payload, answered) => this.socket.emit(event, payload, answered),
      suspect: () => this.link.probe(),
    });
    this.link = new Link(
      this.socket,
      'keep_alive',
      { ready: () => this.join(), changed: (state) => this.linkChanged(state) },
      options.wake ?? browserWake,
    );
    this.socket.on('dashboard_update', (data: BoardUpdate) => this.replaced(data ?? {}));
    this.socket.on('team_status_changed_for_dashboard', (data: BoardUpdate) => this.merged(data ?? {}));
    this.socket.on('seat_claims', (data: unknown) =>
      this.state.update({ claims: claimsFrom(data, Date.now()) }),
    );
    this.socket.on('new_answer_for_dashboard', () => this.answered());
    this.socket.on('game_started', () => this.change({ started: true }));
    this.socket.on('game_state_changed', (data: { game_started?: boolean }) => {
      if (data?.game_started !== undefined) this.change({ started: data.game_started });
    });
    this.socket.on('game_state_update', (data: { paused?: boolean }) => {
      if (data?.paused !== undefined) this.change({ paused: data.paused });
    });
    this.socket.on('game_mode_changed', (data: { mode?: GameMode }) => {
      if (data?.mode !== undefined) this.change({ mode: data.mode });
    });
    this.socket.on('game_grace_changed', (data: { grace_seconds?: number }) => {
      if (data?.grace_seconds !== undefined) this.change({ graceSeconds: data.grace_seconds });
    });
    this.socket.on('game_reset_complete', () => {
      this.change({ started: false, paused: false, answers: 0 });
      this.socket.emit('request_teams_update', {});
    });
  }

  start(): this {
    this.link.start();
    return this;
  }

  stop(): void {
    this.link.park();
    this.commands.settleAll({ ok: false, code: 'closed', message: 'The dashboard was closed.' });
  }

  startGame(): Promise<Reply> {
    return this.command('start_game');
  }

  /** Pauses a running game, and goes on with a paused one. */
  togglePause(): Promise<Reply> {
    return this.command('pause_game');
  }

  /** Clears rounds and answers; teams and seats stay. */
  restartGame(): Promise<Reply> {
    return this.command('restart_game');
  }

  toggleMode(): Promise<Reply> {
    return this.command('toggle_game_mode');
  }

  /** Frees a seat that somebody holds, for good: its token ends. */
  releaseSeat(teamId: number | string, playerSlot: number): Promise<Reply> {
    return this.command('release_seat', { team_id: teamId, player_slot: playerSlot });
  }

  /** Gives the seat to whoever asks for it: as a resume on that phone, and the end of the old one's token. */
  approveRequest(requestId: number): Promise<Reply> {
    return this.command('approve_request', { request_id: requestId });
  }

  refuseRequest(requestId: number): Promise<Reply> {
    return this.command('refuse_request', { request_id: requestId });
  }

  /** Frees every seat of the device that has this one; it gets none until the ban is lifted. */
  banDevice(teamId: number | string, playerSlot: number): Promise<Reply> {
    return this.command('ban_device', { team_id: teamId, player_slot: playerSlot });
  }

  /** Keeps a vacant seat for somebody, also in a team that is not there yet. The reply's `code` is for them, once. */
  reserveSeat(teamName: string, name: string, playerSlot?: number): Promise<Reply> {
    const seat = playerSlot === undefined ? {} : { player_slot: playerSlot };
    return this.command('reserve_seat', { team_name: teamName, name, ...seat });
  }

  withdrawReservation(teamId: number | string, playerSlot: number): Promise<Reply> {
    return this.command('withdraw_reservation', { team_id: teamId, player_slot: playerSlot });
  }

  liftBan(banId: number): Promise<Reply> {
    return this.command('lift_ban', { ban_id: banId });
  }

  /** Puts the player of a seat, there or away, into a vacant one of the same or another team; any, if none is named. */
  movePlayer(
    teamId: number | string,
    playerSlot: number,
    toTeamId: number | string,
    toPlayerSlot?: number,
  ): Promise<Reply> {
    return this.command('move_player', {
      team_id: teamId,
      player_slot: playerSlot,
      to_team_id: toTeamId,
      ...(toPlayerSlot === undefined ? {} : { to_player_slot: toPlayerSlot }),
    });
  }

  /** Lets the seat of somebody who is away be held for so many seconds more. */
  extendHold(teamId: number | string, playerSlot: number, seconds: number): Promise<Reply> {
    return this.command('extend_hold', { team_id: teamId, player_slot: playerSlot, seconds });
  }

  /** For how long seats are held that fall away from now on, in seconds; null: as the server is configured. */
  setGrace(seconds: number | null): Promise<Reply> {
    return this.command('set_grace', { grace_seconds: seconds });
  }

  dismissOutcome(): void {
    this.state.update({ outcome: null });
  }

  dismissError(): void {
    this.state.update({ lastError: null });
  }

  private async command(event: string, payload: Record<string, unknown> = {}): Promise<Reply> {
    if (this.link.state !== 'ready') {
      // A pause that takes effect a minute after the click would surprise everybody.
      const message = 'There is no connection at the moment. Please try again when it is back.';
      this.state.update({ lastError: { code: 'offline', message } });
      return { ok: false, code: 'offline', message };
    }
    this.state.update({ outcome: null });
    const reply = await this.commands.submit(event, payload);
    if (reply.ok && typeof reply['message'] === 'string') this.state.update({ outcome: reply['message'] });
    if (!reply.ok && reply.code !== 'closed') {
      this.state.update({ lastError: { code: reply.code, message: reply.message } });
      if (reply.code === 'not_host') this.denied();
    } else {
      this.state.update({ lastError: null });
    }
    return reply;
  }

  private join(): void {
    this.state.update({ connection: 'connecting' });
    this.socket.emit('dashboard_join', {}, (answer: unknown) => {
      const reply = asReply(answer);
      if (!reply.ok) {
        if (reply.code === 'not_host') this.denied();
        else {
          this.state.update({ lastError: { code: reply.code, message: reply.message } });
          setTimeout(() => {
            if (this.link.state === 'ready') this.join();
          }, refreshMilliseconds);
        }
        return;
      }
      const update = reply as BoardUpdate;
      const board = replaceBoard(this.state.get().board, update, Date.now());
      this.state.update({ connection: 'online', access: 'granted', board, lastError: null });
      this.socket.emit('set_teams_streaming', { enabled: true });
      if (update.game_state?.streaming_enabled !== true) this.socket.emit('request_teams_update', {});
      clearInterval(this.keepAlive);
      this.keepAlive = setInterval(() => this.socket.emit('keep_alive', {}), keepAliveMilliseconds);
      this.commands.open();
    });
  }

  private denied(): void {
    this.state.update({ access: 'denied', connection: 'offline' });
    this.link.park();
  }

  private linkChanged(state: LinkState): void {
    if (state === 'ready') return;
    clearInterval(this.keepAlive);
    clearTimeout(this.refresh);
    this.refresh = undefined;
    this.commands.close();
    if (state !== 'parked') this.state.update({ connection: state });
  }

  private replaced(update: BoardUpdate): void {
    this.refreshed(update);
    this.change(replaceBoard(this.state.get().board, update, Date.now()));
  }

  private merged(update: BoardUpdate): void {
    this.refreshed(update);
    this.change(mergeBoard(this.state.get().board, update, Date.now()));
  }

  private refreshed(update: BoardUpdate): void {
    if ((update.teams?.length ?? 0) === 0) return;
    clearTimeout(this.refresh);
    this.refresh = undefined;
  }

  private answered(): void {
    this.change({ answers: this.state.get().board.answers + 1 });
    if (this.refresh !== undefined) return;
    const teams = this.state.get().board.teams.size;
    this.refresh = setTimeout(
      () => {
        this.refresh = undefined;
        this.socket.emit('request_teams_update', {});
      },
      refreshMilliseconds * (teams > 200 ? 3 : 1),
    );
  }

  private change(change: Partial<Board>): void {
    this.state.update({ board: { ...this.state.get().board, ...change } });
  }
}

/** Asks for the host's cookie. Resolves with null when it worked, with a sentence for people when not. */
export async function signIn(hostKey: string, url = ''): Promise<string | null> {
  try {
    const response = await fetch(`${url}/api/host/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      credentials: 'same-origin',
      body: JSON.stringify({ key: hostKey }),
    });
    if (response.ok) return null;
    if (response.status === 429) return 'Too many attempts. Please wait a minute and try again.';
    if (response.status >= 500)
      return 'The server cannot sign you in at the moment. Please try again shortly.';
    return 'That is not the host key of this server. It was printed when the server started.';
  } catch {
    return 'The server cannot be reached. Check the connection and try again.';
  }
}

/** Gives the host's cookie back. */
export async function signOut(url = ''): Promise<void> {
  try {
    await fetch(`${url}/api/host/logout`, { method: 'POST', credentials: 'same-origin' });
  } catch {
    // Without a server there is nobody to sign out from; the cookie ends with the browser's session.
  }
}
