/**
 * The running CHSH value: S = E(A,X) + E(A,Y) + E(B,X) - E(B,Y), with the standard error sqrt((1 - E^2) / N) of each
 * mean, propagated as independent.
 */
import type { Board, BoardTeam, GameMode, Matrix } from '@holdfast/client';

export interface PairTotal {
  /** +1 for each round with equal answers, -1 for each with different ones. */
  sum: number;
  rounds: number;
}

/** In the order A-X, A-Y, B-X, B-Y. */
export type PairTotals = readonly PairTotal[];

export interface Chsh {
  /** Null until each of the four pairs has come up. */
  value: number | null;
  error: number | null;
  rounds: number;
}

export const pairNames = ['A–X', 'A–Y', 'B–X', 'B–Y'];
/** Rows and columns in the order A, B, X, Y. */
const pairCells: ReadonlyArray<readonly [number, number]> = [
  [0, 2],
  [0, 3],
  [1, 2],
  [1, 3],
];
const lastPair = 3;

export const noTotals: PairTotals = pairNames.map(() => ({ sum: 0, rounds: 0 }));

/** Mode classic: cells are sums of +1 and -1, and either player may have had either item. */
export function classicTotals(matrix: Matrix): PairTotals {
  return pairCells.map(([row, column]) => {
    const [sum, rounds] = cell(matrix, row, column);
    const [otherSum, otherRounds] = cell(matrix, column, row);
    return { sum: sum + otherSum, rounds: rounds + otherRounds };
  });
}

/** Mode new: cells are successes; success is different answers for B with Y, and equal ones otherwise. */
export function newTotals(matrix: Matrix): PairTotals {
  return pairCells.map(([row, column], pair) => {
    const [successes, rounds] = cell(matrix, row, column);
    const equal = pair === lastPair ? rounds - successes : successes;
    return { sum: 2 * equal - rounds, rounds };
  });
}

export function teamTotals(team: BoardTeam, mode: GameMode): PairTotals {
  return mode === 'classic' ? classicTotals(team.classic_matrix ?? []) : newTotals(team.new_matrix ?? []);
}

/** All teams as if they were one. */
export function pooledTotals(board: Board): PairTotals {
  let all = noTotals;
  for (const team of board.teams.values()) all = added(all, teamTotals(team, board.mode));
  return all;
}

export function added(one: PairTotals, other: PairTotals): PairTotals {
  return one.map(({ sum, rounds }, pair) => ({
    sum: sum + (other[pair]?.sum ?? 0),
    rounds: rounds + (other[pair]?.rounds ?? 0),
  }));
}

export function chsh(totals: PairTotals): Chsh {
  const all = totals.reduce((count, { rounds }) => count + rounds, 0);
  if (totals.some(({ rounds }) => rounds === 0)) return { value: null, error: null, rounds: all };
  let value = 0;
  let variance = 0;
  totals.forEach(({ sum, rounds }, pair) => {
    const mean = sum / rounds;
    value += pair === lastPair ? -mean : mean;
    variance += (1 - mean * mean) / rounds;
  });
  return { value, error: Math.sqrt(variance), rounds: all };
}

function cell(matrix: Matrix, row: number, column: number): readonly [number, number] {
  return matrix[row]?.[column] ?? [0, 0];
}
