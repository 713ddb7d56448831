// Socket.IO on Node with uWebSockets.js, by attachApp as its documentation shows.
import { createRequire } from 'node:module';
import { Server } from 'socket.io';
import { answer, options, portFromArguments } from './socketio_handlers.mjs';

const require = createRequire(import.meta.url);
const { App } = require('@trufflesuite/uws-js-unofficial');
// Without a binary for this Node the package quietly uses an imitation in JavaScript, which is not what is asked about.
if (!Object.keys(require.cache).some((name) => name.endsWith('.node') && name.includes('uws_'))) {
    console.error('the package has no binary of uWebSockets.js for this version of Node');
    process.exit(1);
}
const io = new Server(options);
const app = App();
io.attachApp(app);
answer(io);
app.listen('127.0.0.1', portFromArguments(), (token) => {
    if (!token) process.exit(1);
    console.log('listening');
});
