import { io, type Manager } from 'socket.io-client';

/** The part of a socket.io-client `Socket` that is needed, so that tests can stand in for it. */
export interface SocketLike {
  readonly connected: boolean;
  /** False when the library has given up reconnecting by itself. */
  readonly active: boolean;
  /** What the handshake of the next connection carries. */
  auth?: Record<string, unknown> | ((done: (auth: object) => void) => void);
  on(event: string, listener: (...values: never[]) => void): unknown;
  onAny(listener: (event: string, ...values: unknown[]) => void): unknown;
  emit(event: string, ...values: unknown[]): unknown;
  connect(): unknown;
  disconnect(): unknown;
}

export interface ConnectOptions {
  /** The server's address; the page's own by default. */
  url?: string | undefined;
  /** The path of the Socket.IO endpoint, `/socket.io/` by default. */
  path?: string | undefined;
  auth?: Record<string, unknown> | undefined;
}

/** A socket.io-client socket tuned for phones: quick first retries, never more than about 3 seconds apart. */
export function connectSocket(options: ConnectOptions): SocketLike {
  const settings = {
    autoConnect: false,
    forceNew: true,
    reconnectionDelay: 200,
    reconnectionDelayMax: 2500,
    randomizationFactor: 0.5,
    // How long one attempt may take: on a network that swallows packets, the next attempt is worth more than this one.
    timeout: 6000,
    transports: ['websocket', 'polling'],
    withCredentials: true,
    ...(options.path === undefined ? {} : { path: options.path }),
    ...(options.auth === undefined ? {} : { auth: options.auth }),
  };
  const socket = options.url === undefined ? io(settings) : io(options.url, settings);
  // WebSocket is quickest. Where a proxy refuses it or lets it hang, polling has its turn at the next attempt.
  let failures = 0;
  socket.on('connect', () => {
    failures = 0;
  });
  socket.io.on('error', () => {
    failures += 1;
    socket.io.opts.transports = failures % 2 === 1 ? ['polling', 'websocket'] : ['websocket', 'polling'];
  });
  socket.io.on('open', () => giveUpHalfAnUpgrade(socket.io.engine));
  return socket as unknown as SocketLike;
}

/**
 * When the WebSocket breaks between its probe and the upgrade (a server that is killed, a proxy that changes its mind),
 * engine.io-client has stopped polling and does not begin again: it hangs until its heartbeat fails, for 45 seconds. That
 * connection is given up instead, and the next one is made as always.
 */
function giveUpHalfAnUpgrade(engine: Manager['engine']): void {
  engine.on('upgradeError', () => {
    const { transport } = engine as unknown as {
      transport: { readyState: string; emit(event: 'close'): void };
    };
    if (transport.readyState === 'pausing' || transport.readyState === 'paused') transport.emit('close');
  });
}
