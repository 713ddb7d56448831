// The same packets, one by one, to the reference server and to ours: the answers must be the same, but for the differences
// that are listed here with their reasons. A difference that is gone must leave the list.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import WebSocket from 'ws';
import { ClientServer, ReferenceServer } from './support.mjs';

const bytes = (...values) => Buffer.from(values);
const place = (number) => `{"_placeholder":true,"num":${number}}`;
const nested = (depth) => '['.repeat(depth) + ']'.repeat(depth);

// First packets of a connection, each on a connection of its own.
const first = `40 | 40/, | 40/ | 40{} | 40{"a":1} | 40[1] | 40[] | 40null | 40"x" | 40 {} | 400 | 401 | 40true | 40{ | 40/side, |
    40/side | 40/side,{"x":1} | 40/side{"x":1} | 40/nowhere | 40/guarded,{"password":"sesame"} | 40/guarded, |
    40/guarded,{"password":7} | 40/table-1, | 40side | 40/side?x=1, | 40/side?x=1,{"a":1} | 40//side, | 40/side,[] |
    40/side,null | 42["echo"] | 41 | 41/side, | 43[] | 44{} | 451-["x"] | 2 | 2probe | 3 | 3x | 5 | 6 | 1 | 0 | 7 | 4 | 4abc |
    b | bAQID`;
// Packets after a CONNECT to the main namespace.
const second = `40 | 41 | 41/ | 41/side, | 41[] | 41{} | 411 | 41null | 42["echo",1] | 420["echo"] | 4212["echo",[1,{}],"x"] |
    42[1,"a"] | 421["send back"] | 42["send back"] | 42[] | 42 | 42{} | 42"x" | 42null | 42[null] | 42[true] | 42[["echo"]] |
    42[{}] | 42["connect"] | 42["disconnect"] | 42["disconnecting"] | 42["newListener"] | 42["removeListener"] |
    42["connect_error"] | 42["error"] | 42["echo",1 | 42["echo"]x | 42 ["echo"] | 421 ["echo"] |
    421["echo",12345678901234567890] | 421["echo",-0] | 421["echo",1e999] | 421["echo",0.1e1,1E5] |
    421["echo",1e21,1e-7,123456789012345680000,5e-324] | 421["echo","\\ud800"] | 421["echo","🪢"] | 421["echo",{"a":1,"a":2}] |
    421["echo",{"__proto__":1}] | 421["echo",{"b":1,"a":2,"1":3}] | 421["echo",${place(0)}] | 421["echo",{"_placeholder":true}] |
    421["echo",{"_placeholder":false,"num":0}] | 4201["echo"] | 42-1["echo"] | 421.5["echo"] | 4299999999999999999999["echo"] |
    429007199254740991["echo"] | 42/,1["echo"] | 42/side,1["echo"] | 42/nowhere,["echo"] | 42/["echo"] |
    421["echo",${nested(20)}] | 421["echo",${nested(40)}] | 43[] | 430[] | 431["x"] | 43 | 431 | 431{} | 43/side,1[] | 431null |
    44 | 44{} | 44{"message":"x"} | 44"x" | 44[] | 44/side,{} | 45-["x"] | 450-["echo"] | 450-1["echo",1] | 451["x"] |
    45a-["x"] | 451- | 451-[] | 46-[] | 461-[] | 460-1[] | 47 | 48 | 49 | 4 | 4abc | 4 2 | 4- | b | bAQID | 2 | 3 | 5 | 6 | 1 |
    0 | 7 | 421["echo","\\u0000\\u001e"] | 42["put me out"] | 42["cut me off"] | 421["echo","\\/"] | 421["\\u0065cho"] |
    4511-1["echo"]`;
const split = (text) => text.split('|').map((packet) => packet.trim());

const scripts = [
    ...split(first).map((packet) => [packet]),
    [''],
    [bytes(1)],
    ...split(second).map((packet) => ['40', packet]),
    ['40', ''],
    ['40', '42["echo"] '],
    ['40', '421["echo","a\u001eb"]'],
    ['40', bytes(1)],
    ['40/side,', '40/side,'],
    ['40', '41', '40'],
    ['40', '40/side,', '41', '42["echo"]'],
    ['40/nowhere,', '40'],
    ['40/guarded,', '40/guarded,{"password":"sesame"}', '42/guarded,1["echo",5]'],
    ['40', '42["put me out"]', '40'],
    ['40', '42["put me out"]', '421["echo"]'],
    ['40', '40/side,', '42["put me out"]', '421["echo"]', '42/side,1["echo"]'],
    ['40', '40/side,', '42["cut me off"]'],
    ['40', '42["drip",1]', '42["drip",2]'],
    // Attachments
    ['40', `451-["send back",${place(0)}]`, bytes(1, 2, 3)],
    ['40', `451-1["echo",${place(0)}]`, bytes()],
    ['40', `452-1["echo",{"a":[${place(0)}]},${place(1)}]`, bytes(1), bytes(2)],
    ['40', `452-1["echo",{"a":[${place(1)}]},${place(0)}]`, bytes(1), bytes(2)],
    ['40', `452-1["echo",${place(0)},${place(0)}]`, bytes(1), bytes(2)],
    ['40', `451-1["echo",${place(0)},${place(0)}]`, bytes(1)],
    ...['1', '-1', '"0"', '0.5', 'null', '0.0'].map((number) => ['40', `451-1["echo",${place(number)}]`, bytes(1)]),
    ['40', '451-1["echo",{"_placeholder":true}]', bytes(1)],
    ['40', '451-1["echo",{"_placeholder":"true","num":0}]', bytes(1)],
    ['40', '451-1["echo",{"_placeholder":true,"num":0,"more":1}]', bytes(1)],
    ['40', '451-1["echo"]', bytes(1)],
    ['40', `451-1["echo",${place(0)}]`, '42["echo"]'],
    ['40', `451-1["echo",${place(0)}]`, '41'],
    ['40', `451-1["echo",${place(0)}]`, bytes(1), bytes(2)],
    [
        '40',
        `4510-1["echo",${Array.from({ length: 10 }, (_, index) => place(index))}]`,
        ...Array.from({ length: 10 }, () => bytes(7)),
    ],
    ['40', `451-/side,1["echo",${place(0)}]`, bytes(1)],
    ['40', '40/side,', `451-/side,1["echo",${place(0)}]`, bytes(1)],
    ['40', `451-1["echo",${place(0)}]`, 'bAQID'],
    ['40', `451-[${place(0)}]`, bytes(1)],
    // Answers to the server's question; ID stands for its ack id
    ['40', '42["ask",10000,1]', '43ID[5]'],
    ['40', '42["ask",10000,1]', '43ID[5]', '43ID[6]'],
    ['40', '42["ask",10000,1]', '43ID'],
    ['40', '42["ask",10000,1]', '43ID{}'],
    ['40', '42["ask",10000,1]', `461-ID[${place(0)}]`, bytes(1)],
    ['40', '40/side,', '42["ask",10000,1]', '43/side,ID[5]', '43ID[6]'],
];

const unused = 'an attachment that no placeholder uses is a parse error';
const noNumber = 'a placeholder whose number is no small whole number is a parse error';
const put = 'what a client sent before it knew that it was put out is ignored, and not held against its other namespaces';
const closes = 'a close on a WebSocket closes at once';
/** What differs on purpose, by the script's text. */
const deliberate = {
    1: closes,
    '40 | 1': closes,
    '40 | 42 ["echo"]': 'a blank is no ack id (the reference reads it as 0)',
    '40 | 421["echo",1e999]': 'a number too large for a double is a parse error',
    '40 | 421["echo","\\ud800"]': 'half of a surrogate pair is read as U+FFFD',
    '40 | 4299999999999999999999["echo"]': 'ack ids over 2^53-1 are a parse error',
    [`40 | 421["echo",${nested(40)}]`]: 'JSON deeper than 32 levels is a parse error',
    '40 | 42["put me out"] | 421["echo"]': put,
    '40 | 40/side, | 42["put me out"] | 421["echo"] | 42/side,1["echo"]': put,
    [`40 | 452-1["echo",{"a":[${place(1)}]},${place(0)}] | <01> | <02>`]: 'attachments keep their order; the same bytes arrive',
    [`40 | 452-1["echo",${place(0)},${place(0)}] | <01> | <02>`]: unused,
    [`40 | 451-1["echo",${place(0)},${place(0)}] | <01>`]: 'an attachment that is used twice is sent back once',
    [`40 | 451-1["echo",${place('0.5')}] | <01>`]: noNumber,
    [`40 | 451-1["echo",${place('0.0')}] | <01>`]: noNumber,
    '40 | 451-1["echo",{"_placeholder":"true","num":0}] | <01>': unused,
    '40 | 451-1["echo",{"_placeholder":true,"num":0,"more":1}] | <01>': 'what else stands in a placeholder is passed on',
    '40 | 451-1["echo"] | <01>': unused,
};

/** The packet with its JSON in one way of writing, and without what is random. */
function readable(data, binary) {
    if (binary) return `<${data.toString('hex')}>`;
    const text = data.toString().replace(/^42\d+\["question"/, '42ID["question"');
    // Behind the namespace, if there is one: its name may hold anything.
    const behind = /^\d+-?(\/[^,]*,)?/.exec(text)?.[0].length ?? 0;
    const start = text.slice(behind).search(/[[{]/) + behind;
    if (start < behind) return text;
    const sorted = (_, value) =>
        value && typeof value === 'object' && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value;
    const json = JSON.parse(text.slice(start));
    if (json.sid) json.sid = json.sid.length === 20 ? 'a sid' : 'a strange sid';
    return text.slice(0, start) + JSON.stringify(json, sorted);
}

/** Sends the frames, each when the one before has been dealt with, and tells what came back. */
async function converse(port, frames) {
    const heard = [];
    let question = '';
    let connected;
    let dealtWith = () => {};
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
    const opened = new Promise((done, failed) => {
        connected = done;
        socket.on('error', failed);
    });
    const closed = new Promise((done) => {
        socket.on('close', () => {
            heard.push('closed');
            dealtWith();
            done();
        });
    });
    socket.on('message', (data, binary) => {
        const text = data.toString();
        if (!binary && text.startsWith('0{')) return connected();
        // The answer to a CONNECT that nobody may do: what was sent before it has been read.
        if (!binary && text.startsWith('44/end,')) return dealtWith();
        question = /^42(\d+)\["question"/.exec(text)?.[1] ?? question;
        heard.push(readable(data, binary));
    });
    const everythingIsRead = () =>
        new Promise((done) => {
            dealtWith = done;
            if (socket.readyState === WebSocket.OPEN) socket.send('40/end,');
            else done();
        });
    await opened;
    let attachments = 0;
    for (const frame of frames) {
        if (socket.readyState !== WebSocket.OPEN) break;
        socket.send(typeof frame === 'string' ? frame.replace('ID', question) : frame);
        const header = typeof frame === 'string' ? /^4[56](\d+)-/.exec(frame) : undefined;
        attachments = header ? Number(header[1]) : Math.max(0, attachments - 1);
        if (attachments > 0) continue;
        // Twice: the reference hands events on after it has read the next packet.
        await everythingIsRead();
        await everythingIsRead();
    }
    if (frames.includes('42["cut me off"]')) await closed;
    const told = [...heard];
    socket.terminate();
    return told;
}

describe('the reference and ours', { concurrency: 8 }, () => {
    const ours = new ClientServer();
    const reference = new ReferenceServer();
    before(() => Promise.all([ours.start(), reference.start()]));
    after(() => Promise.all([ours.dispose(), reference.dispose()]));

    const found = new Set();
    for (const script of scripts) {
        const text = script.map((frame) => (typeof frame === 'string' ? frame : `<${frame.toString('hex')}>`)).join(' | ');
        test(`${text || 'an empty frame'}`.slice(0, 100), async () => {
            const [we, they] = await Promise.all([converse(ours.port, script), converse(reference.port, script)]);
            if (text in deliberate) {
                found.add(text);
                assert.notDeepEqual(we, they, `no difference any more; it was: ${deliberate[text]}`);
            } else {
                assert.deepEqual(we, they);
            }
        });
    }
    after(() => assert.deepEqual([...found].sort(), Object.keys(deliberate).sort()));
});
