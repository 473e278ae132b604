import { availableParallelism } from 'node:os'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { runs } from './test/random-tests.ts'

const conditions: string[] = ['fleetkit:source', 'node']

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    globalSetup: ['test/servers/global-setup.ts'],
    reporters: [['default', { summary: false }], './scripts/test-summary.ts'],
    silent: 'passed-only',
    allowOnly: false,
    // Many files wait for servers: one worker for each core less one, as it is by default, is one of two.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: runs(30_000),
    hookTimeout: 120_000,
  },
})

export default config
