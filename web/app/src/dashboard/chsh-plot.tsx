import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { SeriesPoint } from './series';

const height = 240;
const limits = [
  { at: 2, name: 'agreed strategies: 2', colour: '--warn' },
  { at: 2 * Math.SQRT2, name: 'quantum: 2√2', colour: '--no' },
];

/** S over the rounds, with its standard error as a band and the two limits as lines. */
export function ChshPlot({ series }: { series: readonly SeriesPoint[] }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);

  useEffect(() => {
    const element = place.current!;
    const made = new uPlot(plotOptions(element), dataOf([]), element);
    plot.current = made;
    const watcher = new ResizeObserver(() => made.setSize({ width: widthOf(element), height }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, []);
  useEffect(() => plot.current?.setData(dataOf(series)), [series]);

  return <div class="plot" ref={place} role="img" aria-label="S over the rounds, with lines at 2 and 2√2" />;
}

function widthOf(element: HTMLElement): number {
  return Math.max(element.clientWidth, 240);
}

function plotOptions(element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const font = `13px ${style.fontFamily}`;
  const axis: uPlot.Axis = {
    stroke: colour('--soft'),
    font,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  const accent = colour('--accent');
  return {
    width: widthOf(element),
    height,
    scales: {
      x: { time: false, range: (_, low, high) => [low, Math.max(high, low + 10)] },
      y: { range: (_, low, high) => [Math.min(low, 0) - 0.1, Math.max(high, 3) + 0.15] },
    },
    axes: [
      { ...axis, size: 30 },
      { ...axis, size: 38 },
    ],
    series: [
      { label: 'rounds' },
      { label: 'S', stroke: accent, width: 2.5, points: { show: false } },
      { label: 'S + error', stroke: 'transparent', points: { show: false } },
      { label: 'S − error', stroke: 'transparent', points: { show: false } },
    ],
    bands: [{ series: [2, 3], fill: `${accent}33` }],
    legend: { show: false },
    cursor: { show: false },
    hooks: { draw: [(drawn) => drawLimits(drawn, colour, font)] },
  };
}

function drawLimits(plot: uPlot, colour: (name: string) => string, font: string): void {
  const { ctx } = plot;
  const { left, width } = plot.bbox;
  const scale = devicePixelRatio || 1;
  ctx.save();
  for (const limit of limits) {
    const y = plot.valToPos(limit.at, 'y', true);
    ctx.strokeStyle = ctx.fillStyle = colour(limit.colour);
    ctx.lineWidth = 1.5 * scale;
    ctx.setLineDash([6 * scale, 4 * scale]);
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(left + width, y);
    ctx.stroke();
    ctx.font = font.replace(/^\d+/, (size) => String(Number(size) * scale));
    ctx.textAlign = 'right';
    ctx.textBaseline = limit.at === 2 ? 'top' : 'bottom';
    ctx.fillText(limit.name, left + width - 4 * scale, y + (limit.at === 2 ? 4 : -3) * scale);
  }
  ctx.restore();
}

function dataOf(series: readonly SeriesPoint[]): uPlot.AlignedData {
  return [
    series.map(({ rounds }) => rounds),
    series.map(({ value }) => value),
    series.map(({ value, error }) => value + error),
    series.map(({ value, error }) => value - error),
  ];
}
