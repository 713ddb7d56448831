import { resolve } from "node:path";
import { defineConfig } from "vite";

// `npm run dev` serves the pages with a Holdfast server on port 8080 behind them.
export default defineConfig({
    esbuild: { jsx: "automatic", jsxImportSource: "preact" },
    resolve: { alias: { "@holdfast/client": resolve(__dirname, "../client/src/index.ts") } },
    build: {
        outDir: "../dist",
        emptyOutDir: true,
        target: "es2020",
        rollupOptions: {
            input: { index: resolve(__dirname, "index.html"), dashboard: resolve(__dirname, "dashboard.html") },
        },
    },
    server: {
        proxy: {
            "/socket.io": { target: "http://127.0.0.1:8080", ws: true },
            "/api": "http://127.0.0.1:8080",
        },
    },
});
