/**
 * An operation id: 128 random bits. crypto.randomUUID is missing on pages that are not served over TLS, which is how a
 * classroom's laptop serves them; getRandomValues is there.
 */
export function newOperationId(): string {
    const bytes = new Uint8Array(16);
    globalThis.crypto.getRandomValues(bytes);
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
