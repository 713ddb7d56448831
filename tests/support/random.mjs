/** Mulberry32: numbers below a bound, from a seed. Small, and good enough to draw scripts. */
export function generator(start) {
    let state = start >>> 0;
    return (bound) => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
    };
}
