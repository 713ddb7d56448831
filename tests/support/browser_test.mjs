// What a file of browser tests stands on: Chromium and a server, there before the first test and gone after the last.
import { after, before } from 'node:test';
import { launchChromium } from './browser.mjs';
import { HoldfastServer } from './server.mjs';

/** Call it once, at the top of the file. `settings` are the server's. */
export function browserAndServer(settings) {
    const server = new HoldfastServer(settings);
    let chromium;
    before(async () => {
        chromium = await launchChromium();
        await server.start();
    });
    after(async () => {
        await chromium?.close();
        await server.dispose();
    });
    const newContext = (options) => chromium.newContext(options);
    const browser = {
        /** A device of its own: nobody else's cookies and storage. */
        newContext,
        newPhone: () => newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }),
    };
    return { browser, server };
}
