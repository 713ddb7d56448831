// Socket.IO on Node with ws, its default engine.
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { answer, options, portFromArguments } from './socketio_handlers.mjs';

const server = createServer();
answer(new Server(server, options));
server.listen(portFromArguments(), '127.0.0.1', () => console.log('listening'));
