import { defineConfig, type ViteUserConfig } from 'vitest/config'

const conditions: string[] = ['fleetkit:source', 'node']

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/servers/global-setup.ts'],
    reporters: [['default', { summary: false }], './scripts/test-summary.ts'],
    silent: 'passed-only',
    allowOnly: false,
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
})

export default config
