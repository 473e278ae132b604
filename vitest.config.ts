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
    testTimeout: runs(30_000),
    hookTimeout: 120_000,
  },
})

export default config
