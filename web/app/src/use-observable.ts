import type { Observable } from "@holdfast/client";
import { useEffect, useState } from "preact/hooks";

/** The observable's value; the component is drawn again when it changes. */
export function useObservable<Value>(observable: Observable<Value>): Value {
    const [value, setValue] = useState(observable.value);
    useEffect(() => observable.subscribe(setValue), [observable]);
    return value;
}

/** The time, once a second, while `running`. */
export function useNow(running: boolean): number {
    const [now, setNow] = useState(Date.now());
    useEffect(() => {
        if (!running) return undefined;
        setNow(Date.now());
        const timer = setInterval(() => setNow(Date.now()), 1000);
        return () => clearInterval(timer);
    }, [running]);
    return now;
}
