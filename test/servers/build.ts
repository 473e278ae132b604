// Builds the servers that the end-to-end suites run against: `npm run servers`.
import { spawn } from 'node:child_process'
import { mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { fluxPrograms, missingPrograms, oraclePrograms, type ServerProgram, serverPrograms } from './assets.ts'

/** Builds what is missing of the programs that the tests run. */
export async function buildMissing(log: (line: string) => void): Promise<void> {
  await buildAll([...(await serverPrograms()), ...(await oraclePrograms()), ...(await fluxPrograms())], log)
}

/** Builds what is missing of the programs that the benchmarks compare with. */
export async function buildMissingFlux(log: (line: string) => void): Promise<void> {
  await buildAll(await fluxPrograms(), log)
}

/** One after the other: each alone keeps all cores busy. */
async function buildAll(programs: readonly ServerProgram[], log: (line: string) => void): Promise<void> {
  const missing = await missingPrograms(programs)
  if (missing.length === 0) return
  const ready = process.env.KUBEBUILDER_ASSETS
  const unready = missing.filter((program) => path.dirname(program.path) === ready).map(({ name }) => name)
  if (unready.length > 0)
    throw new Error(`KUBEBUILDER_ASSETS is ${ready}, which does not hold ${unready.join(', ')}; complete it, or unset it to build`)
  log(
    `building ${missing.length} of ${programs.length} programs below ${path.dirname(path.dirname((missing[0] as ServerProgram).path))}; cold, this takes minutes`,
  )
  for (const [index, program] of missing.entries()) {
    const started = performance.now()
    log(`[${index + 1}/${missing.length}] ${program.name} …`)
    await build(program)
    log(`[${index + 1}/${missing.length}] ${program.name} built in ${Math.round((performance.now() - started) / 1000)} s`)
  }
}

async function build(program: ServerProgram): Promise<void> {
  await mkdir(path.dirname(program.path), { recursive: true })
  // Built under another name and renamed: a program that is found is a whole one.
  const partial = `${program.path}.${process.pid}`
  try {
    await go([...program.build, '-o', partial, program.package], program.moduleDirectory)
    await rename(partial, program.path)
  } finally {
    await rm(partial, { force: true })
  }
}

function go(args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, { cwd, env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' }, stdio: ['ignore', 'ignore', 'pipe'] })
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-4000)
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      const hint = 'Go is not installed; the servers are built from source with Go 1.26 or newer (https://go.dev/dl)'
      reject(error.code === 'ENOENT' ? new Error(hint) : error)
    })
    child.on('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`go ${args[0]} ended with ${code}:\n${errors}`))
    })
  })
}

if (import.meta.main) {
  try {
    await buildMissing((line) => console.log(line))
    console.log(`servers are in ${path.dirname((await serverPrograms())[0]?.path ?? '')}`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
