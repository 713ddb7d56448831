/** S after so many rounds: what the plot shows. */
export interface SeriesPoint {
  rounds: number;
  value: number;
  error: number;
}

const mostPoints = 600;
const storageKey = 'holdfast.chsh';

/**
 * The series with one more point. Fewer rounds than before mean that the game was restarted: it begins anew. When it
 * gets long, every other older point goes. Pure.
 */
export function withPoint(series: readonly SeriesPoint[], point: SeriesPoint): readonly SeriesPoint[] {
  const last = series[series.length - 1];
  if (last && point.rounds < last.rounds) return [point];
  if (last && point.rounds === last.rounds) {
    return last.value === point.value ? series : [...series.slice(0, -1), point];
  }
  const kept = series.length < mostPoints ? series : series.filter((_, index) => index % 2 === 0);
  return [...kept, point];
}

/** What an earlier view of this tab has drawn, so that a reload keeps the line. */
export function storedSeries(mode: string): readonly SeriesPoint[] {
  try {
    const text = sessionStorage.getItem(`${storageKey}.${mode}`);
    const value: unknown = text === null ? [] : JSON.parse(text);
    return Array.isArray(value) ? (value as SeriesPoint[]) : [];
  } catch {
    return [];
  }
}

export function storeSeries(mode: string, series: readonly SeriesPoint[]): void {
  try {
    sessionStorage.setItem(`${storageKey}.${mode}`, JSON.stringify(series));
  } catch {
    // Without storage the line begins anew after a reload.
  }
}
