import { describe, expect, it } from 'vitest';
import { clock, count, decimal, duration, span } from './words';

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

  it('says how long something lasted in two units', () => {
    expect(span(0.4)).toBe('less than 1 s');
    expect(span(4.9)).toBe('4 s');
    expect(span(130)).toBe('2 min 10 s');
    expect(span(3600)).toBe('1 h');
    expect(span(90_061)).toBe('1 d 1 h');
  });

  it('adds the date to a time of another day', () => {
    const now = new Date(2026, 4, 4, 20, 0, 0);
    const today = clock(new Date(2026, 4, 4, 19, 30, 5), now);
    expect(today).toMatch(/30.05/);
    expect(clock(new Date(2026, 4, 3, 19, 30, 5), now)).toMatch(new RegExp(`.+, ${today}$`));
  });

  it('writes a minus sign', () => {
    expect(decimal(-1.5, 2)).toBe('−1.50');
  });
});
