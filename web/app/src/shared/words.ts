/** How things are said, on every page alike. */

/** A time that counts down: "58 min", "9:59", "0:04". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole >= 600) return `${Math.ceil(whole / 60)} min`;
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

export function count(amount: number, one: string, many: string): string {
  return `${amount} ${amount === 1 ? one : many}`;
}

/** S and its error as people write them. */
export function decimal(value: number, digits: number): string {
  return value.toFixed(digits).replace('-', '−');
}
