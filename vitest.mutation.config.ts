import { defineConfig, type ViteUserConfig } from 'vitest/config'
import base from './vitest.config.ts'

/** By these tests every mutant of the planners is judged (`npm run mutate`): the fast ones. Those that are about sizes are left out. */
const config: ViteUserConfig = defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/mutation/*.mutation.ts'],
    testNamePattern: /^(?!.*(million|hundred thousand|very many))/,
    setupFiles: ['test/mutation/setup.ts'],
    globalSetup: [],
    reporters: [],
    isolate: false,
    bail: 1,
  },
})

export default config
