import { spawn } from 'node:child_process'
import { findAssets } from './assets.ts'

/** What a program of the servers answers to questions: for each line of JSON another. */
export async function askOracle<Answer>(name: string, questions: readonly unknown[]): Promise<readonly Answer[]> {
  const program = (await findAssets())?.[name]
  if (program === undefined) throw new Error(`${name} is not built: npm run servers`)
  const output = await new Promise<string>((resolve, reject) => {
    const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(Buffer.concat(chunks).toString()) : reject(new Error(`${name} ended with ${code}`))))
    child.stdin.end(questions.map((question) => `${JSON.stringify(question)}\n`).join(''))
  })
  const answers = output.trimEnd().split('\n')
  if (answers.length !== questions.length) throw new Error(`${name} gave ${answers.length} answers to ${questions.length} questions`)
  return answers.map((answer) => JSON.parse(answer) as Answer)
}
