import { spawn } from 'node:child_process'
import { describe, inject } from 'vitest'
import type {} from '../servers/global-setup.ts'

/** Asks an oracle: one JSON value a line in, one a line out. */
export type AskOracle = (questions: readonly unknown[]) => Promise<readonly unknown[]>

/** A `describe` that needs the oracle of this name, and says so when it is not built. */
export function describeWithOracle(name: string, oracle: string, body: (ask: AskOracle, path: string) => void): void {
  const path = inject('oracles')[`${oracle}-oracle`]
  if (path !== undefined) describe(name, () => body((questions) => ask(path, questions), path))
  else if (process.env.CI) throw new Error(`${name} needs the oracle ${oracle}, and nothing may be skipped under CI`)
  else describe.skip(`${name} (needs an oracle: npm run servers)`, () => undefined)
}

async function ask(path: string, questions: readonly unknown[]): Promise<readonly unknown[]> {
  const text = await run(path, [], questions.map((question) => `${JSON.stringify(question)}\n`).join(''))
  const answers = text.split('\n').filter((line) => line !== '')
  if (answers.length !== questions.length) throw new Error(`${path} gave ${answers.length} answers to ${questions.length} questions`)
  return answers.map((line) => JSON.parse(line))
}

/** Runs a program and returns what it writes. */
export function run(path: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(chunks).toString())
      else reject(new Error(`${path} ended with ${code}`))
    })
    child.stdin.end(input)
  })
}
