import type { ConnectionState } from "@holdfast/client";

const words: Record<ConnectionState, string> = {
    connecting: "Connecting…",
    online: "Connected",
    offline: "No connection – trying again",
    restarting: "The server restarts – back in a moment",
    elsewhere: "Open in another tab",
};

export function ConnectionBadge({ state }: { state: ConnectionState }) {
    return (
        <p
            class={`connection ${state}`}
            data-testid="connection-state"
            data-state={state}
            role="status"
            aria-live="polite"
        >
            <span class="dot" aria-hidden="true" />
            {words[state]}
        </p>
    );
}
