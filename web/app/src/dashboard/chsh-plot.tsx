import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { BoardState } from "./board";

const classicalLimit = 2;
const quantumLimit = 2 * Math.SQRT2;

/** S against the number of rounds, with its standard error and the two limits. */
export function ChshPlot({ history }: { history: BoardState["history"] }) {
    const place = useRef<HTMLDivElement>(null);
    const plot = useRef<uPlot | null>(null);

    useEffect(() => {
        const element = place.current!;
        const style = getComputedStyle(element);
        const ink = style.getPropertyValue("--ink").trim();
        const accent = style.getPropertyValue("--accent").trim();
        const faint = style.getPropertyValue("--line").trim();
        const dashed = (label: string, stroke: string): uPlot.Series => ({ label, stroke, dash: [6, 4], width: 1.5 });
        const axis: uPlot.Axis = { stroke: ink, grid: { stroke: faint, width: 1 }, ticks: { stroke: faint } };
        const made = new uPlot(
            {
                width: element.clientWidth || 400,
                height: 220,
                scales: {
                    x: { time: false },
                    y: { range: (_, low, high) => [Math.min(low, -0.2), Math.max(high, 3.1)] },
                },
                axes: [
                    { ...axis, label: "rounds" },
                    { ...axis, label: "S" },
                ],
                series: [
                    { label: "rounds" },
                    { label: "S", stroke: accent, width: 2 },
                    { label: "S + error", stroke: `${accent}66`, width: 1 },
                    { label: "S − error", stroke: `${accent}66`, width: 1 },
                    dashed("agreed strategies: 2", "#b7791f"),
                    dashed("quantum: 2√2", "#9f3a8c"),
                ],
                bands: [{ series: [2, 3], fill: `${accent}22` }],
                legend: { show: true },
                cursor: { drag: { x: false, y: false } },
            },
            [[], [], [], [], [], []],
            element,
        );
        plot.current = made;
        const watcher = new ResizeObserver(() => made.setSize({ width: element.clientWidth || 400, height: 220 }));
        watcher.observe(element);
        return () => {
            watcher.disconnect();
            made.destroy();
        };
    }, []);

    useEffect(() => {
        const points = history.length > 0 ? history : [];
        const rounds = points.map((point) => point.rounds);
        // The limits are drawn from the first day on, also before the first value.
        const across = rounds.length > 1 ? rounds : [0, rounds[0] ?? 10];
        const filled = rounds.length > 1;
        plot.current?.setData([
            across,
            filled ? points.map((point) => point.value) : [null, points[0]?.value ?? null],
            filled ? points.map((point) => point.value + point.error) : [null, null],
            filled ? points.map((point) => point.value - point.error) : [null, null],
            across.map(() => classicalLimit),
            across.map(() => quantumLimit),
        ]);
    }, [history]);

    return <div class="plot" ref={place} aria-label="S over the rounds, with the lines at 2 and 2√2" role="img" />;
}
