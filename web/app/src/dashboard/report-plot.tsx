import type { Report } from '@holdfast/client';
import { useMemo } from 'preact/hooks';
import uPlot from 'uplot';
import { clock, count } from '../shared/words';
import { Plot, type Paint } from './plot';

/** Connections lost, players back and seats away, over time. */
export function ReportPlot({ report }: { report: Report }) {
  const data = useMemo(() => dataOf(report), [report]);
  return <Plot height={220} options={options} data={data} label={summary(report)} testId="report-plot" />;
}

function summary(report: Report): string {
  const most = Math.max(0, ...report.points.map(({ away }) => away));
  const worst = report.worst === null ? '' : `, most of them from ${clock(new Date(report.worst.from))} on`;
  return (
    `Over time: ${count(report.drops, 'connection', 'connections')} lost${worst}; ` +
    `${count(report.returns, 'return', 'returns')}; at most ${count(most, 'seat', 'seats')} away at once`
  );
}

function options({ colour, axis }: Paint): Omit<uPlot.Options, 'width' | 'height'> {
  // Beside each other within their point: the loss first, then the return.
  const bars = (align: -1 | 1) => uPlot.paths.bars!({ size: [0.42, 28, 3], align });
  return {
    scales: {
      // A bar beside the first or the last point needs room of its own.
      x: { time: true, range: (_, low, high) => padded(low, Math.max(high, low + 60)) },
      y: { range: (_, __, high) => [0, Math.max(high ?? 0, 3) * 1.08] },
    },
    axes: [
      { ...axis, size: 30, space: 90, values: (_, times) => times.map(timeOfDay) },
      { ...axis, size: 38, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000] },
    ],
    series: [
      {},
      {
        label: 'seats away',
        stroke: colour('--warn'),
        fill: `${colour('--warn')}2b`,
        width: 2,
        paths: uPlot.paths.stepped!({ align: 1 }),
        points: { show: false },
      },
      {
        label: 'connections lost',
        stroke: colour('--bad'),
        fill: colour('--bad'),
        width: 0,
        paths: bars(-1),
        points: { show: false },
      },
      {
        label: 'players back',
        stroke: colour('--accent'),
        fill: colour('--accent'),
        width: 0,
        paths: bars(1),
        points: { show: false },
      },
    ],
  };
}

function padded(low: number, high: number): [number, number] {
  const room = (high - low) * 0.02;
  return [low - room, high + room];
}

function timeOfDay(seconds: number): string {
  const time = new Date(seconds * 1000);
  const withSeconds = time.getSeconds() !== 0;
  return time.toLocaleTimeString([], {
    hour: '2-digit',
    minute: '2-digit',
    ...(withSeconds && { second: '2-digit' }),
  });
}

function dataOf({ points }: Report): uPlot.AlignedData {
  const some = (value: number) => (value === 0 ? null : value);
  return [
    points.map(({ at }) => at / 1000),
    points.map(({ away }) => away),
    points.map(({ drops }) => some(drops)),
    points.map(({ returns }) => some(returns)),
  ];
}
