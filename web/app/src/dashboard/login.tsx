import { useState } from "preact/hooks";

/** Logs in with the host key; true when the server has taken it. */
export async function logIn(key: string): Promise<{ ok: boolean; message: string }> {
    try {
        const answer = await fetch("/api/host/login", {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ key }),
        });
        if (answer.ok) return { ok: true, message: "" };
        if (answer.status === 429) return { ok: false, message: "Too many tries. Please wait a minute." };
        return {
            ok: false,
            message: "That is not the host key. It stands in the window in which the server was started.",
        };
    } catch {
        return { ok: false, message: "The server does not answer. Is it running?" };
    }
}

export function Login({ onDone }: { onDone: () => void }) {
    const [key, setKey] = useState("");
    const [error, setError] = useState("");
    const [busy, setBusy] = useState(false);
    return (
        <main class="player">
            <header class="top">
                <h1>Holdfast</h1>
            </header>
            <section class="card">
                <h2>For the host</h2>
                <form
                    onSubmit={(event) => {
                        event.preventDefault();
                        setBusy(true);
                        void logIn(key).then(({ ok, message }) => {
                            setBusy(false);
                            setError(message);
                            if (ok) onDone();
                        });
                    }}
                >
                    <label for="host-key">Host key</label>
                    <div class="line">
                        <input
                            id="host-key"
                            data-testid="host-key-input"
                            type="password"
                            autocomplete="current-password"
                            value={key}
                            onInput={(event) => setKey(event.currentTarget.value)}
                        />
                        <button class="primary" data-testid="login" disabled={busy || !key}>
                            Log in
                        </button>
                    </div>
                    <p class="hint">The server prints a link with the key when it starts. Players do not need one.</p>
                </form>
            </section>
            {error && (
                <p class="error" role="alert" data-testid="error-message">
                    {error}
                </p>
            )}
        </main>
    );
}
