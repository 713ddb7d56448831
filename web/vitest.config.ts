import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    alias: { '@holdfast/client': fileURLToPath(new URL('client/src/index.ts', import.meta.url)) },
  },
  // The pages of docs/ which tests compare with the code.
  server: { fs: { allow: ['..'] } },
  test: { include: ['client/src/**/*.test.ts', 'app/src/**/*.test.ts'], environment: 'node' },
});
