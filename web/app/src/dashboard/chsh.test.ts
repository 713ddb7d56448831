import { emptyBoard, mergeBoard, type BoardTeam, type Cell, type Matrix } from '@holdfast/client';
import { describe, expect, it } from 'vitest';
import { chsh, classicTotals, newTotals, pooledTotals } from './chsh';

/** A matrix with these cells, given as row, column, first, rounds; rows and columns in the order A, B, X, Y. */
function matrix(...cells: Array<[number, number, number, number]>): Matrix {
  const empty = Array.from({ length: 4 }, () => Array.from({ length: 4 }, (): Cell => [0, 0]));
  for (const [row, column, first, rounds] of cells) empty[row]![column] = [first, rounds];
  return empty;
}

describe('the CHSH value', () => {
  it('is 2 for players who always answer True', () => {
    const totals = classicTotals(matrix([0, 2, 5, 5], [0, 3, 5, 5], [1, 2, 5, 5], [1, 3, 5, 5]));
    expect(chsh(totals)).toEqual({ value: 2, error: 0, rounds: 20 });
  });

  it('pools both orders of a pair in classic mode', () => {
    const totals = classicTotals(
      matrix([0, 2, 3, 4], [2, 0, -1, 2], [3, 1, 2, 2], [0, 3, 1, 1], [1, 2, 1, 1]),
    );
    expect(totals).toEqual([
      { sum: 2, rounds: 6 },
      { sum: 1, rounds: 1 },
      { sum: 1, rounds: 1 },
      { sum: 2, rounds: 2 },
    ]);
  });

  it('reads successes in new mode: equal answers, and different ones for B with Y', () => {
    // Always a success: the most that any players could reach, S = 4.
    const perfect = newTotals(matrix([0, 2, 7, 7], [0, 3, 7, 7], [1, 2, 7, 7], [1, 3, 7, 7]));
    expect(chsh(perfect).value).toBe(4);
    // Always equal answers: B with Y fails each time.
    const agreeing = newTotals(matrix([0, 2, 7, 7], [0, 3, 7, 7], [1, 2, 7, 7], [1, 3, 0, 7]));
    expect(chsh(agreeing).value).toBe(2);
    // p = 0.85 in each pair: S = 4 (2p - 1).
    const quantum = newTotals(matrix([0, 2, 85, 100], [0, 3, 85, 100], [1, 2, 85, 100], [1, 3, 85, 100]));
    expect(chsh(quantum).value).toBeCloseTo(2.8, 12);
  });

  it('propagates sqrt((1 - E^2) / N) of the four pairs', () => {
    const totals = classicTotals(matrix([0, 2, 6, 10], [0, 3, 0, 25], [1, 2, -8, 10], [1, 3, 12, 20]));
    const { value, error } = chsh(totals);
    expect(value).toBeCloseTo(0.6 + 0 - 0.8 - 0.6, 12);
    expect(error).toBeCloseTo(Math.sqrt(0.64 / 10 + 1 / 25 + 0.36 / 10 + 0.64 / 20), 12);
  });

  it('is not there until every pair has come up', () => {
    expect(chsh(classicTotals(matrix([0, 2, 5, 5], [0, 3, 5, 5], [1, 2, 5, 5])))).toEqual({
      value: null,
      error: null,
      rounds: 15,
    });
    expect(chsh(newTotals([]))).toEqual({ value: null, error: null, rounds: 0 });
  });

  it('pools all teams in the mode that is on', () => {
    const team = (team_id: number, new_matrix: Matrix): BoardTeam => ({
      team_name: `team ${team_id}`,
      team_id,
      is_active: true,
      status: 'active',
      current_round_number: 1,
      new_matrix,
      classic_matrix: matrix([0, 2, 100, 100]),
    });
    const board = mergeBoard(
      emptyBoard,
      { teams: [team(1, matrix([0, 2, 1, 2])), team(2, matrix([0, 2, 3, 4], [1, 3, 1, 1]))] },
      0,
    );
    expect(pooledTotals(board)).toEqual([
      { sum: 2, rounds: 6 },
      { sum: 0, rounds: 0 },
      { sum: 0, rounds: 0 },
      { sum: -1, rounds: 1 },
    ]);
  });
});
