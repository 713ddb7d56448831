// The running CHSH value: S = E(A,X) + E(A,Y) + E(B,X) - E(B,Y), with the honest standard error of each mean,
// sqrt((1 - E^2) / N), propagated as independent.

/** By slot 1's item and slot 2's item, in the order A, B, X, Y. */
export type Matrix = Array<Array<[number, number]>>;

export interface PairTotal {
    sum: number;
    rounds: number;
}
/** A,X  A,Y  B,X  B,Y */
export type PairTotals = [PairTotal, PairTotal, PairTotal, PairTotal];

export interface Chsh {
    value: number | null;
    error: number | null;
    rounds: number;
}

const pairs: Array<[number, number]> = [
    [0, 2],
    [0, 3],
    [1, 2],
    [1, 3],
];

function cell(matrix: Matrix, row: number, column: number): [number, number] {
    return matrix[row]?.[column] ?? [0, 0];
}

/** Classic mode: both orders of a pair are one. The matrix holds sums of +1 and -1. */
export function classicTotals(matrix: Matrix): PairTotals {
    return pairs.map(([row, column]) => {
        const [sum, rounds] = cell(matrix, row, column);
        const [otherSum, otherRounds] = cell(matrix, column, row);
        return { sum: sum + otherSum, rounds: rounds + otherRounds };
    }) as PairTotals;
}

/** Mode new: the matrix holds successes; for B with Y success is to differ, for the others to agree. */
export function newTotals(matrix: Matrix): PairTotals {
    return pairs.map(([row, column], index) => {
        const [successes, rounds] = cell(matrix, row, column);
        const agreements = index === 3 ? rounds - successes : successes;
        return { sum: 2 * agreements - rounds, rounds };
    }) as PairTotals;
}

export function add(left: PairTotals, right: PairTotals): PairTotals {
    return left.map((total, index) => ({
        sum: total.sum + right[index as 0].sum,
        rounds: total.rounds + right[index as 0].rounds,
    })) as PairTotals;
}

export const noTotals: PairTotals = [0, 1, 2, 3].map(() => ({ sum: 0, rounds: 0 })) as PairTotals;

export function chsh(totals: PairTotals): Chsh {
    const rounds = totals.reduce((all, total) => all + total.rounds, 0);
    if (totals.some((total) => total.rounds === 0)) return { value: null, error: null, rounds };
    let value = 0;
    let variance = 0;
    totals.forEach(({ sum, rounds: seen }, index) => {
        const mean = sum / seen;
        value += index === 3 ? -mean : mean;
        variance += (1 - mean * mean) / seen;
    });
    return { value, error: Math.sqrt(variance), rounds };
}
