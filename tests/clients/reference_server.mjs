// The reference server from npm, doing what client_server.cpp does; on a free port of loopback, which it prints.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const http = createServer((_request, answer) => answer.writeHead(404, { 'Content-Type': 'text/plain; charset=UTF-8' }).end());
const io = new Server(http, { serveClient: false });

function setUp(nsp) {
    nsp.on('connection', (socket) => {
        const values = (list) => list.filter((value) => typeof value !== 'function');
        socket.on('echo', (...list) => list.at(-1) instanceof Function && list.at(-1)(...values(list)));
        socket.on('send back', (...list) => socket.emit('back', ...values(list)));
        socket.on('drip', (...list) => socket.volatile.emit('drip', ...list));
        socket.on('put me out', () => socket.disconnect());
        socket.on('cut me off', () => socket.disconnect(true));
        socket.on('error', () => {});
        socket.on('ask', (milliseconds, ...list) => {
            socket.timeout(milliseconds).emit('question', ...list, (error, ...answer) => {
                if (!error) socket.emit('answered', 'in time', answer);
            });
        });
    });
}

for (const name of ['/', '/side', '/guarded']) setUp(io.of(name));
setUp(io.of((name, _auth, next) => next(null, name.startsWith('/table-'))));
io.of('/guarded').use((socket, next) => {
    const given = socket.handshake.auth.password ?? null;
    next(given === 'sesame' ? undefined : Object.assign(new Error('not allowed'), { data: { code: 'password', given } }));
});
http.listen(0, '127.0.0.1', () => console.log(http.address().port));
