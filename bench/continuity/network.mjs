// A network between players and server that can be cut: a relay on loopback.
import { connect, createServer } from 'node:net';

export async function openNetwork(serverPort) {
    const open = new Set();
    let isCut = false;
    const relay = createServer((near) => {
        if (isCut) return void near.destroy();
        const far = connect({ port: serverPort, host: '127.0.0.1' });
        open.add(near);
        const end = () => {
            near.destroy();
            far.destroy();
            open.delete(near);
        };
        for (const socket of [near, far]) socket.setNoDelay(true).on('error', end).on('close', end);
        near.pipe(far).pipe(near);
    });
    await new Promise((resolve, reject) => relay.once('error', reject).listen(0, '127.0.0.1', resolve));
    return {
        port: relay.address().port,
        // Every connection breaks, and no new one comes through until it is mended.
        cut() {
            isCut = true;
            for (const socket of open) socket.destroy();
        },
        mend() {
            isCut = false;
        },
        close() {
            relay.close();
            for (const socket of open) socket.destroy();
        },
    };
}
