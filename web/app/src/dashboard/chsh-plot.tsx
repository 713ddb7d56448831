import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import { Plot, type Paint } from './plot';
import type { SeriesPoint } from './series';

const limits = [
  { at: 2, name: 'agreed strategies: 2', colour: '--warn' },
  { at: 2 * Math.SQRT2, name: 'quantum: 2√2', colour: '--quantum' },
];

/** S over the rounds, with its standard error as a band and the two limits as lines. */
export function ChshPlot({ series }: { series: readonly SeriesPoint[] }) {
  const data = useMemo(() => dataOf(series), [series]);
  return (
    <Plot height={240} options={options} data={data} label="S over the rounds, with lines at 2 and 2√2" />
  );
}

function options({ colour, font, axis }: Paint): Omit<uPlot.Options, 'width' | 'height'> {
  const accent = colour('--accent');
  return {
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
    ctx.textBaseline = 'top';
    ctx.fillText(limit.name, left + width - 4 * scale, y + 4 * scale);
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
