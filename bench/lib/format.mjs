// Numbers and tables as people read them. Pure.

// 1234567 is "1,235,000": four digits say all that a measurement knows.
export function number(value, digits = 4) {
    if (value === undefined || !Number.isFinite(value)) return '–';
    if (value === 0) return '0';
    const magnitude = Math.floor(Math.log10(Math.abs(value))) + 1;
    const step = 10 ** (magnitude - digits);
    const rounded = Math.round(value / step) * step;
    const decimals = Math.max(0, Math.min(3, digits - magnitude));
    return rounded.toLocaleString('en-US', { maximumFractionDigits: decimals });
}

export function ratio(value) {
    if (!Number.isFinite(value)) return '–';
    return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

// A median with its spread: "151,200 ±3 %". One measurement alone has no spread to tell.
export function withSpread(found, show = number) {
    if (!found || found.count === 0 || !Number.isFinite(found.median)) return '–';
    if (found.count === 1) return show(found.median);
    return `${show(found.median)} ±${Math.round(found.spread * 100)} %`;
}

export function duration(seconds) {
    if (seconds < 90) return `${Math.round(seconds)} seconds`;
    return `${Math.round(seconds / 60)} minutes`;
}

const width = (text) => [...text].length;

// Columns of equal width for a terminal; the first is text, the others stand to the right.
export function textTable(header, rows) {
    const columns = header.map((title, index) => Math.max(width(title), ...rows.map((row) => width(row[index]))));
    const line = (cells) =>
        cells
            .map((cell, index) => {
                const gap = ' '.repeat(columns[index] - width(cell));
                return index === 0 ? cell + gap : gap + cell;
            })
            .join('  ')
            .trimEnd();
    return [line(header), line(columns.map((size) => '-'.repeat(size))), ...rows.map(line)].join('\n');
}

export function markdownTable(header, rows) {
    const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
    const line = (cells) => `| ${cells.map(cell).join(' | ')} |`;
    const rule = `|${header.map((_, index) => (index === 0 ? '---' : '--:')).join('|')}|`;
    return [line(header), rule, ...rows.map(line)].join('\n');
}
