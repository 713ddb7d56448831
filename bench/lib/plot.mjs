// The plot of a run: a panel for each scenario, a bar for each server, its spread as a whisker. SVG as text. Pure.
import { number } from './format.mjs';

const panelWidth = 480;
const labelWidth = 196;
const valueWidth = 78;
const barHeight = 17;
const barGap = 8;
const titleHeight = 46;
const margin = 20;
const gutter = 30;

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

// A picture in a page follows the reader's choice of light or dark by itself.
const style = `
  .ground { fill: #ffffff } text { font: 13px system-ui, "DejaVu Sans", sans-serif; fill: #24292f }
  .head { font-size: 17px; font-weight: 600 } .title { font-size: 14px; font-weight: 600 } .note { font-size: 12px; fill: #57606a }
  .own { fill: #0b6bcb } .peer { fill: #8c96a3 } .limit { fill: #c6ccd3 } .failed { fill: #b42318 }
  .cut { stroke: #ffffff; stroke-width: 3 } .axis { stroke: #afb8c1 } .whisker { stroke: #24292f; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } text { fill: #e6edf3 } .note { fill: #9aa4af }
    .own { fill: #4ea1f7 } .peer { fill: #6b7683 } .limit { fill: #454d57 } .failed { fill: #ff8a7a }
    .cut { stroke: #0d1117 } .axis { stroke: #3d444d } .whisker { stroke: #e6edf3 }
  }`;

const place = (value) => (Math.round(value * 10) / 10).toString();

// Where the axis ends: at the longest bar, except that bars many times longer than the next are cut off there, so that one
// slow server does not make a stroke of all others.
export function axisEnd(bars) {
    const highs = bars.filter((bar) => !bar.failed).map((bar) => bar.high).sort((a, b) => b - a);
    let index = 0;
    while (index + 1 < highs.length && highs[index] > 4 * highs[index + 1]) index += 1;
    return highs[index] || 1;
}

// `bars`: [{ name, kind: own|peer|limit, median, low, high }], with `failed` in place of figures when there are none.
function panel({ title, note, bars }, left, top) {
    const width = panelWidth - labelWidth - valueWidth;
    const highest = axisEnd(bars);
    const parts = [
        `<text class="title" x="${left}" y="${top + 14}">${escape(title)}</text>`,
        `<text class="note" x="${left}" y="${top + 31}">${escape(note)}</text>`,
    ];
    const first = top + titleHeight;
    bars.forEach((bar, index) => {
        const y = first + index * (barHeight + barGap);
        const middle = y + barHeight / 2;
        const start = left + labelWidth;
        parts.push(`<text x="${start - 8}" y="${place(middle + 4.5)}" text-anchor="end">${escape(bar.name)}</text>`);
        if (bar.failed) {
            parts.push(`<text class="failed" x="${start + 6}" y="${place(middle + 4.5)}">failed</text>`);
            return;
        }
        const length = (value) => (Math.min(value, highest) / highest) * width;
        const end = Math.max(length(bar.median), 1.5);
        parts.push(`<rect class="${bar.kind}" x="${start}" y="${place(y)}" width="${place(end)}" height="${barHeight}" rx="2"/>`);
        const isCut = bar.median > highest;
        if (isCut) {
            const at = start + width - 22;
            parts.push(`<path class="cut" d="M${place(at)} ${place(y + barHeight + 2)}l7 ${-barHeight - 4}M${place(at + 7)} ${place(y + barHeight + 2)}l7 ${-barHeight - 4}"/>`);
        } else if (bar.high > bar.low) {
            const [from, to] = [start + length(bar.low), start + length(bar.high)].map(place);
            const [upper, lower] = [middle - 4, middle + 4].map(place);
            parts.push(`<path class="whisker" fill="none" d="M${from} ${place(middle)}H${to}M${from} ${upper}V${lower}M${to} ${upper}V${lower}"/>`);
        }
        const after = start + Math.max(end, length(bar.high)) + 7;
        parts.push(`<text x="${place(after)}" y="${place(middle + 4.5)}">${escape(number(bar.median))}</text>`);
    });
    const bottom = first + bars.length * (barHeight + barGap) - barGap + 3;
    parts.push(`<path class="axis" d="M${left + labelWidth} ${first - 3}V${bottom}"/>`);
    return parts.join('\n');
}

const panelHeight = ({ bars }) => titleHeight + bars.length * (barHeight + barGap);

export function plot({ heading, note, panels, columns = 2 }) {
    const rows = [];
    for (let index = 0; index < panels.length; index += columns) rows.push(panels.slice(index, index + columns));
    const width = margin * 2 + columns * panelWidth + (columns - 1) * gutter;
    let top = margin + 52;
    const drawn = [];
    for (const row of rows) {
        row.forEach((one, column) => drawn.push(panel(one, margin + column * (panelWidth + gutter), top)));
        top += Math.max(...row.map(panelHeight)) + gutter;
    }
    const height = top;
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(heading)}">
<style>${style}
</style>
<rect class="ground" width="${width}" height="${height}"/>
<text class="head" x="${margin}" y="${margin + 16}">${escape(heading)}</text>
<text class="note" x="${margin}" y="${margin + 36}">${escape(note)}</text>
${drawn.join('\n')}
</svg>
`;
}
