// Installs Holdfast into a folder, builds a project that only knows find_package(holdfast), and talks to what it made.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { io } from 'socket.io-client';
import { ServerProgram, next, run } from '../support/program.mjs';

const { CXX, CMAKE = 'cmake', BUILD_TYPE = 'Debug', LAUNCHER = '', SANITIZE = '' } = process.env;
const build = process.env.HOLDFAST_BUILD;
const here = fileURLToPath(new URL('.', import.meta.url));
const folder = join(build, 'tests', 'consumer');
const prefix = join(folder, 'installed');
const project = join(folder, 'project');

async function mustRun(program, args, options) {
    const { code, output } = await run(program, args, options);
    assert.equal(code, 0, `${program} ${args.join(' ')}\n${output}`);
    return output;
}

function configure(sources, binaries, ...more) {
    return run(CMAKE, ['-S', sources, '-B', binaries, '-G', 'Ninja', `-DCMAKE_PREFIX_PATH=${prefix}`,
        `-DCMAKE_BUILD_TYPE=${BUILD_TYPE}`, `-DCMAKE_CXX_COMPILER=${CXX}`, `-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}`,
        ...(SANITIZE ? [`-DCMAKE_CXX_FLAGS=-fsanitize=${SANITIZE}`] : []), ...more]);
}

before(async () => {
    rmSync(prefix, { recursive: true, force: true });
    rmSync(project, { recursive: true, force: true });
    await mustRun(CMAKE, ['--install', build, '--prefix', prefix, '--component', 'holdfast_library']);
});

describe('an installed Holdfast', () => {
    test('has the public headers and no others, the libraries, the package and the licence', () => {
        const headers = readdirSync(join(prefix, 'include', 'holdfast'), { recursive: false });
        assert.ok(headers.includes('socketio') && headers.includes('app') && !headers.includes('server'), String(headers));
        assert.ok(existsSync(join(prefix, 'include/holdfast/socketio/server.hpp')));
        assert.ok(!existsSync(join(prefix, 'include/holdfast/socketio/hub.hpp')), 'hub.hpp is the layer\'s own');
        assert.match(readFileSync(join(prefix, 'share/doc/holdfast/LICENSE'), 'utf8'), /Apache License/);
    });

    test('brings the program, as a component of its own', async () => {
        assert.ok(!existsSync(join(prefix, 'bin/holdfast')), 'it is no part of the library');
        await mustRun(CMAKE, ['--install', build, '--prefix', prefix, '--component', 'holdfast_program']);
        assert.match(await mustRun(join(prefix, 'bin/holdfast'), ['--help']), /serve/);
        assert.match(await mustRun(join(prefix, 'bin/holdfast-bench'), ['--help']), /latency/);
    });

    test('names its version, and is not mistaken for another one', async () => {
        const sources = join(here, 'versions');
        const right = await configure(sources, join(folder, 'right'), '-DWANTED=0.1');
        assert.equal(right.code, 0, right.output);
        const wrong = await configure(sources, join(folder, 'wrong'), '-DWANTED=0.2');
        assert.notEqual(wrong.code, 0);
        assert.match(wrong.output, /0\.2/);
        const component = await configure(sources, join(folder, 'component'), '-DWANTED=0.1', '-DPART=teapot');
        assert.notEqual(component.code, 0);
        assert.match(component.output.replace(/\s+/g, ' '), /no component "teapot"; there are base, /);
    });

    describe('carries a project of its own', () => {
        let chat;
        before(async () => {
            const { code, output } = await configure(join(here, 'project'), project);
            assert.equal(code, 0, output);
            await mustRun(CMAKE, ['--build', project]);
            chat = new ServerProgram(join(project, 'chat'), ['127.0.0.1:0']);
            await chat.start();
        });
        after(() => chat?.stop());

        test('that serves its page and a chat to stock clients', async () => {
            assert.match(await (await fetch(chat.url)).text(), /A chat/);
            const ann = io(chat.url);
            const ben = io(chat.url, { transports: ['websocket'], forceNew: true });
            try {
                assert.equal(await ann.timeout(15_000).emitWithAck('join', 'kitchen'), true);
                assert.equal(await ben.timeout(15_000).emitWithAck('join', 'kitchen'), true);
                const heard = next(ben, 'said');
                ann.emit('say', 'Tea?');
                assert.deepEqual(await heard, ['Tea?']);
                ann.on('name?', (answer) => answer('Ann'));
                const hello = next(ann, 'hello');
                ann.emit('ask');
                assert.deepEqual(await hello, ['Ann']);
            } finally {
                ann.close();
                ben.close();
            }
            assert.equal(await chat.stop(), 0);
        });

        test('that refuses a wrong address in a sentence', async () => {
            const { code, output } = await run(join(project, 'chat'), ['nowhere']);
            assert.equal(code, 1);
            assert.match(output, /is no address and port/);
        });

        test('that uses the seats alone', () => mustRun(join(project, 'seat'), []));
    });
});
