import { describe, expect, it } from 'vitest';
import { count, decimal, duration } from './words';

describe('words', () => {
  it('counts minutes while there is time, and seconds when it matters', () => {
    expect(duration(3600)).toBe('60 min');
    expect(duration(600)).toBe('10 min');
    expect(duration(599)).toBe('9:59');
    expect(duration(4.2)).toBe('0:05');
    expect(duration(-3)).toBe('0:00');
  });

  it('knows one from many', () => {
    expect(count(1, 'team', 'teams')).toBe('1 team');
    expect(count(0, 'team', 'teams')).toBe('0 teams');
  });

  it('writes a minus sign', () => {
    expect(decimal(-1.5, 2)).toBe('−1.50');
  });
});
