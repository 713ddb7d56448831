// Socket.IO on Bun with its own engine for Bun.
import { Server as Engine } from '@socket.io/bun-engine';
import { Server } from 'socket.io';
import { answer, options, portFromArguments } from './socketio_handlers.mjs';

const io = new Server(options);
const engine = new Engine({ path: '/socket.io/' });
io.bind(engine);
answer(io);
Bun.serve({ port: portFromArguments(), hostname: '127.0.0.1', idleTimeout: 30, ...engine.handler() });
console.log('listening');
