// What every peer on Socket.IO does: `echo` acks its argument, `bcast` emits its argument to everybody.
export function answer(io) {
    io.on('connection', (socket) => {
        socket.on('echo', (argument, acknowledge) => acknowledge(argument));
        socket.on('bcast', (argument) => io.emit('bcast', argument));
    });
}

// What its users would set who want it fast: no compression, nothing served but Socket.IO.
export const options = { serveClient: false, perMessageDeflate: false, httpCompression: false };

export function portFromArguments(argument = process.argv) {
    const port = Number(argument[argument.indexOf('--port') + 1]);
    if (!Number.isInteger(port) || port <= 0) throw new Error('usage: … --port PORT');
    return port;
}
