import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'packages/*/{src,test,bin}/**/*.test.ts',
      'examples/**/*.test.ts',
      'scripts/**/*.test.{ts,mjs}',
      'bench/**/*.test.ts',
    ],
    // Node itself loads the sources, as it does in production, instead of Vite's module runner: what is tested is what runs.
    experimental: { viteModuleRunner: false },
    // Tests start, kill and signal processes, change directories and hold database locks: each file gets its own process.
    pool: 'forks',
    maxWorkers: Math.min(availableParallelism(), 4),
    // Property and crash tests take seconds on two shared cores. A test that needs longer says so itself.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    slowTestThreshold: 2_000,
    // A failure must not depend on the terminal, the language or the place of whoever runs it.
    env: { TZ: 'UTC', LC_ALL: 'C.UTF-8', NO_COLOR: '1' },
  },
});
