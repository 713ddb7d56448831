import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const server = process.env['HOLDFAST_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: here('.'),
  resolve: { alias: { '@holdfast/client': here('../client/src/index.ts') } },
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    outDir: here('../dist'),
    emptyOutDir: true,
    target: ['es2020', 'safari14', 'chrome87', 'firefox85'],
    // Everything is a file of its own, so that a server can forbid inline scripts, styles and data: addresses.
    assetsInlineLimit: 0,
    rollupOptions: {
      input: { index: here('index.html'), dashboard: here('dashboard.html') },
      output: { chunkFileNames: 'assets/shared-[hash].js' },
    },
  },
  server: {
    proxy: {
      '/socket.io': { target: server, ws: true },
      '/api': { target: server },
    },
  },
});
