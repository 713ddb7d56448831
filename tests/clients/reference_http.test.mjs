// The same HTTP requests, one by one, to the reference server and to ours: status, body and the headers that clients look at
// must be the same, but for the differences that are listed here with their reasons.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { ClientServer, ReferenceServer } from './support.mjs';

const open = 'EIO=4&transport=polling';
const get = (query, settings = {}) => ({ method: 'GET', query, ...settings });
const post = (query, body, settings = {}) => ({
    method: 'POST',
    query,
    body,
    headers: { 'Content-Type': 'text/plain;charset=UTF-8' },
    ...settings,
});
const other = (method, query = open) => ({ method, query });
/** SID in a query stands for the session that the first request opened. */
const session = `${open}&sid=SID`;
const hello = [get(open), post(session, '40'), get(session)];

const scripts = {
    'a handshake': [get(open)],
    'a handshake with a time stamp and base64': [get(`${open}&t=abc&b64=1`)],
    'no transport': [get('EIO=4')],
    'an unknown transport': [get('EIO=4&transport=pigeon')],
    'a transport that objects have': [get('EIO=4&transport=constructor')],
    'no version': [get('transport=polling')],
    'version 3': [get('EIO=3&transport=polling')],
    'version 5': [get('EIO=5&transport=polling')],
    'WebSocket without its upgrade': [get('EIO=4&transport=websocket')],
    'an unknown sid': [get(`${open}&sid=nobody`)],
    'a sid that objects have': [get(`${open}&sid=__proto__`)],
    'a POST to nobody': [post(`${open}&sid=nobody`, '40')],
    'a POST without sid': [post(open, '40')],
    'a PUT without sid': [other('PUT')],
    'a DELETE without sid': [other('DELETE')],
    'an OPTIONS without sid': [other('OPTIONS')],
    'WebSocket named for a polling session': [get(open), get('EIO=4&transport=websocket&sid=SID')],
    'the whole way in': hello,
    'two namespaces in one POST': [get(open), post(session, '40\x1e40/side,'), get(session)],
    'an event and its ack': [...hello, post(session, '421["echo","Grüße"]'), get(session)],
    'binary in base64': [...hello, post(session, '451-1["echo",{"_placeholder":true,"num":0}]\x1ebAQID'), get(session)],
    'several answers in one poll': [...hello, post(session, '421["echo",1]\x1e422["echo",2]'), get(session)],
    'the client closes': [...hello, post(session, '1'), get(session)],
    'the client closes among other packets': [...hello, post(session, '421["echo"]\x1e1\x1e422["echo"]'), get(session)],
    'an empty POST': [get(open), post(session, ''), get(session)],
    'a ping of the client': [get(open), post(session, '2'), get(session)],
    'an unknown packet': [get(open), post(session, '9'), get(session)],
    'nothing but separators': [get(open), post(session, '\x1e\x1e'), get(session)],
    'a POST of bytes': [
        get(open),
        post(session, '40', { headers: { 'Content-Type': 'application/octet-stream' } }),
        get(session),
    ],
    'a POST without a type': [get(open), post(session, '40', { headers: {} }), get(session)],
    'a POST over the limit': [get(open), post(session, `4${'x'.repeat(1_000_000)}`), get(session)],
    'a POST of just the limit': [...hello, post(session, `421["echo","${'x'.repeat(1_000_000 - 13)}"]`), get(session)],
    'a second CONNECT': [...hello, post(session, '40'), get(session), get(session)],
    'an event for nobody': [get(open), post(session, '42["echo"]'), get(session), get(session)],
    'a packet that is none': [...hello, post(session, '4abc'), get(session), get(session)],
    'put out': [...hello, post(session, '42["put me out"]'), get(session)],
    'cut off': [...hello, post(session, '42["cut me off"]'), get(session), get(session), get(session)],
    'a path below': [get(open, { path: '/socket.io/default/' })],
    'a path without its slash': [get(open, { path: '/socket.io' })],
    'another path': [get(open, { path: '/elsewhere/' })],
    'a handshake from elsewhere': [get(open, { headers: { Origin: 'http://elsewhere.example' } })],
    'an empty sid': [get(`${open}&sid=`)],
    'two transports': [get('EIO=4&transport=polling&transport=websocket')],
    'an encoded query': [get('EIO=%34&transport=pol%6Cing')],
};

const broken = 'a broken POST is answered with 400, where the reference says ok; both close the session';
const deliberate = {
    'an empty POST': broken,
    'a ping of the client': broken,
    'an unknown packet': broken,
    'nothing but separators': broken,
    'two transports': 'of several parameters with one name the first counts',
};

function ask(port, { method, query, body, headers = {}, path = '/socket.io/' }) {
    return new Promise((done, failed) => {
        const sent = request({ host: '127.0.0.1', port, method, path: `${path}?${query}`, headers, agent: false }, (answer) => {
            const chunks = [];
            answer.on('data', (chunk) => chunks.push(chunk));
            answer.on('end', () =>
                done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString() }),
            );
        });
        sent.setTimeout(1_500, () => sent.destroy(new Error('no answer')));
        sent.on('error', (error) => done({ status: error.message === 'no answer' ? 'waits' : 'cut', headers: {}, body: '' }));
        sent.end(body);
    });
}

/** What came back, without what is random. */
async function converse(port, script) {
    let sid = '';
    const heard = [];
    for (const step of script) {
        const answer = await ask(port, { ...step, query: step.query.replace('SID', sid) });
        sid ||= /^0\{"sid":"([^"]+)"/.exec(answer.body)?.[1] ?? '';
        const type = answer.headers['content-type']?.toLowerCase().replaceAll(' ', '');
        if (answer.status === 404) answer.body = ''; // not for the engine, so any page may be there
        const sidless = answer.body.replaceAll(/"sid":"[\w-]{20}"/g, '"sid":"a sid"');
        // A noop before a close means nothing.
        const body = sidless.replace(/^6\x1e1$/, '1');
        heard.push([answer.status, type, body.slice(0, 200), body.length, answer.headers['access-control-allow-origin']]);
    }
    return heard;
}

describe('the reference and ours over HTTP', { concurrency: 8 }, () => {
    const ours = new ClientServer();
    const reference = new ReferenceServer();
    before(() => Promise.all([ours.start(), reference.start()]));
    after(() => Promise.all([ours.dispose(), reference.dispose()]));

    for (const [name, script] of Object.entries(scripts)) {
        test(name, async () => {
            const [we, they] = await Promise.all([converse(ours.port, script), converse(reference.port, script)]);
            if (name in deliberate) assert.notDeepEqual(we, they, `no difference any more; it was: ${deliberate[name]}`);
            else assert.deepEqual(we, they);
        });
    }
});
