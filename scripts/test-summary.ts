import type { Reporter, TestModule } from 'vitest/node'

/**
 * Closes a run with one plain line, `Tests: N passed, N failed`. A file that does not load and an error outside of any
 * test count as failed. Under `CI` a skipped test fails the run: nothing that was promised may go unproven.
 */
export default class TestSummary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const states = tests.map((test) => test.result().state)
    const count = (state: string): number => states.filter((each) => each === state).length
    // A file can fail with no failing test of its own: it did not load, or a hook of it threw.
    const brokenFiles = modules.filter(
      (module) => !module.ok() && [...module.children.allTests()].every((test) => test.result().state !== 'failed'),
    )
    const failed = count('failed') + brokenFiles.length + unhandledErrors.length
    const skipped = tests.filter((test) => !['passed', 'failed'].includes(test.result().state))
    if (process.env.CI && skipped.length > 0) {
      for (const test of skipped) console.error(`skipped, which CI does not allow: ${test.module.relativeModuleId} > ${test.fullName}`)
      process.exitCode = 1
    }
    console.log(`Tests: ${count('passed')} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`)
  }
}
