// How things are said, on every page alike.

/** 3599 -> "60 min", 95 -> "1:35", 9 -> "0:09". */
export function duration(seconds: number): string {
    const whole = Math.max(0, Math.round(seconds));
    if (whole >= 600) return `${Math.ceil(whole / 60)} min`;
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function count(amount: number, one: string, many: string): string {
    return `${amount} ${amount === 1 ? one : many}`;
}
