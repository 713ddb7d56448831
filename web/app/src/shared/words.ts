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

/** A time of day, with the date when it is not today's. */
export function clock(time: Date, now = new Date()): string {
  const hours = time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  if (time.toDateString() === now.toDateString()) return hours;
  return `${time.toLocaleDateString([], { day: 'numeric', month: 'short' })}, ${hours}`;
}

/** How long something lasted, in its two largest units: "4 s", "2 min 10 s", "1 h 5 min". */
export function span(seconds: number): string {
  const units: [number, string][] = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const whole = Math.floor(seconds);
  if (whole < 1) return 'less than 1 s';
  const index = units.findIndex(([length]) => whole >= length);
  const [length, name] = units[index]!;
  const [nextLength, nextName] = units[index + 1] ?? [1, ''];
  const rest = Math.floor((whole % length) / nextLength);
  return `${Math.floor(whole / length)} ${name}${rest > 0 && nextName ? ` ${rest} ${nextName}` : ''}`;
}
