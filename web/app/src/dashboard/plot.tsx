import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

/** What a plot is drawn with, as the page looks. */
export interface Paint {
  /** The value of a variable of the style sheet, as `--accent`. */
  colour: (name: string) => string;
  font: string;
  /** What all axes have in common. */
  axis: uPlot.Axis;
}

interface Props {
  height: number;
  /** Called once: who wants another look, as for a dark page, gives the plot another `key`. */
  options: (paint: Paint) => Omit<uPlot.Options, 'width' | 'height'>;
  data: uPlot.AlignedData;
  /** What somebody reads who does not see it. */
  label: string;
  testId?: string;
}

/** A plot as wide as its place, drawn again when the data change. */
export function Plot({ height, options, data, label, testId }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);

  useEffect(() => {
    const element = place.current!;
    const size = () => ({ width: Math.max(element.clientWidth, 240), height });
    const still = { legend: { show: false }, cursor: { show: false } };
    const made = new uPlot({ ...still, ...options(paintOf(element)), ...size() }, data, element);
    plot.current = made;
    const watcher = new ResizeObserver(() => made.setSize(size()));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, []);
  useEffect(() => plot.current?.setData(data), [data]);

  return <div class="plot" ref={place} role="img" data-testid={testId} aria-label={label} />;
}

function paintOf(element: HTMLElement): Paint {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const font = `13px ${style.fontFamily}`;
  return {
    colour,
    font,
    axis: {
      stroke: colour('--soft'),
      font,
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
    },
  };
}
