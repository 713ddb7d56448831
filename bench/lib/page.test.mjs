import assert from 'node:assert/strict';
import { test } from 'node:test';
import { continuityRows } from './continuity_table.mjs';
import { duration, markdownTable, number, ratio, textTable, withSpread } from './format.mjs';
import { fill } from './page.mjs';
import { axisEnd, plot } from './plot.mjs';
import { LoadError, readLoad } from './load.mjs';

test('numbers have the four digits that a measurement knows', () => {
    assert.equal(number(1234567), '1,235,000');
    assert.equal(number(42.123456), '42.12');
    assert.equal(number(0), '0');
    assert.equal(number(undefined), '–');
    assert.equal(ratio(3.14159), '3.14');
    assert.equal(ratio(31.4159), '31.4');
    assert.equal(duration(45), '45 seconds');
    assert.equal(duration(600), '10 minutes');
});

test('a median has its spread beside it, and one measurement alone has none', () => {
    assert.equal(withSpread({ median: 1000, spread: 0.034, count: 5 }), '1,000 ±3 %');
    assert.equal(withSpread({ median: 1000, spread: 0, count: 1 }), '1,000');
    assert.equal(withSpread({ median: NaN, count: 0 }), '–');
});

test('tables stand straight on a terminal and keep their columns in Markdown', () => {
    assert.equal(textTable(['name', 'n'], [['a', '100'], ['long', '–']]), ['name    n', '----  ---', 'a     100', 'long    –'].join('\n'));
    assert.equal(markdownTable(['a|b', 'n'], [['x', '1\n2']]), '| a\\|b | n |\n|---|--:|\n| x | 1 2 |');
});

test('a template and its values fit each other exactly', () => {
    assert.equal(fill('on {{day}}: {{day}}', { day: 'Monday' }), 'on Monday: Monday');
    assert.throws(() => fill('{{missing}}', {}), /missing/);
    assert.throws(() => fill('', { left_over: 'x' }), /left_over/);
});

const bar = (name, median, more) => ({ name, kind: 'peer', median, low: median, high: median, ...more });
const widths = (svg) => [...svg.matchAll(/<rect class="(?:own|peer|limit)"[^>]* width="([\d.]+)"/g)].map((match) => Number(match[1]));

test('bars are as long as their figures, in proportion', () => {
    const svg = plot({ heading: 'h', note: 'n', panels: [{ title: 't', note: 'u', bars: [bar('a', 100), bar('b', 50)] }] });
    const [first, second] = widths(svg);
    assert.ok(Math.abs(first - 2 * second) < 0.11, `${first} and ${second}`);
});

test('one bar many times longer than all others is cut off and says its figure', () => {
    assert.equal(axisEnd([bar('a', 10), bar('b', 30), bar('slow', 5000)]), 30);
    assert.equal(axisEnd([bar('a', 10), bar('b', 30)]), 30);
    const svg = plot({ heading: 'h', note: 'n', panels: [{ title: 't', note: 'u', bars: [bar('a', 10), bar('b', 30), bar('slow', 5000)] }] });
    const [, second, cut] = widths(svg);
    assert.equal(cut, second);
    assert.match(svg, /class="cut"/);
    assert.match(svg, />5,000</);
});

test('a spread has a whisker, a failure is a word, and names cannot break the picture', () => {
    const bars = [bar('a<b>&"c"', 10, { low: 9, high: 12 }), bar('gone', NaN, { failed: true })];
    const svg = plot({ heading: 'h', note: 'n', panels: [{ title: 't', note: 'u', bars }] });
    assert.match(svg, /class="whisker"/);
    assert.match(svg, />failed</);
    assert.match(svg, />a&lt;b&gt;&amp;&quot;c&quot;</);
    assert.ok(!svg.includes('NaN'));
});

test('the picture has colours for light and for dark', () => {
    assert.match(plot({ heading: 'h', note: 'n', panels: [] }), /prefers-color-scheme: dark/);
});

test('the load generator is believed only with a measurement without errors', () => {
    assert.deepEqual(readLoad('{"operations":3,"error_total":0}'), { operations: 3, error_total: 0 });
    assert.throws(() => readLoad('Segmentation fault'), LoadError);
    assert.throws(() => readLoad('null'), LoadError);
    assert.throws(() => readLoad('{"error_total":4,"errors":{"timeout":4,"refused":0}}'), /4 errors: timeout 4$/);
});

test('what is kept is told by server and disruption, failures too', () => {
    const outcomes = [
        { server: 'a', name: 'A', disruption: 'kill', players: 100, seats: 98, state: 97 },
        { server: 'a', name: 'A', disruption: 'network', failed: 'it did not start' },
    ];
    assert.deepEqual(continuityRows(outcomes), [['A', 'failed: it did not start', '–', '98 of 100 seats, 97 with the state of play']]);
});
