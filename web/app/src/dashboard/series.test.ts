import { describe, expect, it } from 'vitest';
import { withPoint, type SeriesPoint } from './series';

const point = (rounds: number, value = 2): SeriesPoint => ({ rounds, value, error: 0.1 });

describe('the series of S', () => {
  it('grows with the rounds, and a repeated update changes nothing', () => {
    const series = withPoint(withPoint([], point(4)), point(5));
    expect(series.map(({ rounds }) => rounds)).toEqual([4, 5]);
    expect(withPoint(series, point(5))).toBe(series);
  });

  it('begins anew when the game is restarted', () => {
    expect(withPoint([point(40), point(41)], point(4))).toEqual([point(4)]);
  });

  it('thins out and keeps the first and the last', () => {
    let series: readonly SeriesPoint[] = [];
    for (let rounds = 1; rounds <= 5000; rounds += 1) series = withPoint(series, point(rounds));
    expect(series.length).toBeLessThanOrEqual(601);
    expect(series[0]?.rounds).toBe(1);
    expect(series[series.length - 1]?.rounds).toBe(5000);
  });
});
