/**
 * Claim: a cluster that is connected over TLS, with one watch, takes at most 150 KB of a process, over one connection; a thousand that are connected at once do not
 * shake hands all at a time. Beside as many sessions by Node alone, with the bounds of the heap that docs/manager.md names, and without.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { bundled } from './bundle.ts'
import type { Counts } from './clusters-server-process.ts'

const clusters = Number(process.env.CLUSTERS ?? 1000)
/** Others before them, so that what is compiled for the first ones is not counted. */
const warm = 200
const aimKb = 150
/** Those that docs/manager.md names. */
const bounds = ['--max-semi-space-size=4', '--max-old-space-size=96']
/** As many attempts to connect have a place, and one that is not done after 100 ms leaves its place to the next. */
const places = 20
/** How V8 leaves its heap differs from one process to the next. */
const rounds = 5

export async function measureClusters(): Promise<void> {
  const program = await bundled('clusters-process')
  console.log(`\n### ${clusters} clusters over TLS, each with one watch\n`)
  console.log(
    '| | resident, each | min | max | of the aim, 150 KB | connections, each | most handshakes at a time | time |\n|---|---|---|---|---|---|---|---|',
  )
  await measure('a Manager', program, 'fleetkit', [])
  const ours = await measure('a Manager, bounded heap', program, 'fleetkit', bounds)
  const theirs = await measure('sessions by Node alone, one after the other, bounded heap', program, 'node', bounds)
  console.log(`\nOurs ÷ Node's: ${(ours / theirs).toFixed(2)}x; of places for attempts to connect there are ${places}`)
}

/** Gives the KB that each cluster takes, the median of some processes. */
async function measure(name: string, program: string, how: string, flags: readonly string[]): Promise<number> {
  const all: Measured[] = []
  while (all.length < rounds) all.push(await measureOnce(program, how, flags))
  all.sort((a, b) => a.kb - b.kb)
  const { kb, sockets, handshakes, seconds } = all[Math.floor(rounds / 2)] as Measured
  const [min, max] = [all[0], all.at(-1)].map((each) => `${each?.kb.toFixed(0)} KB`)
  console.log(
    `| ${name} | ${kb.toFixed(0)} KB | ${min} | ${max} | ${(kb / aimKb).toFixed(2)}x | ${sockets} | ${handshakes} | ${seconds.toFixed(1)} s |`,
  )
  return kb
}

interface Measured {
  readonly kb: number
  readonly sockets: string
  readonly handshakes: number
  readonly seconds: number
}

async function measureOnce(program: string, how: string, flags: readonly string[]): Promise<Measured> {
  using stack = new DisposableStack()
  const start = (file: string, args: readonly string[], execArgv: readonly string[]): ChildProcess => {
    const child = fork(file, args, { execArgv: [...execArgv] })
    stack.defer(() => void child.kill())
    return child
  }
  const server = start(path.join(import.meta.dirname, 'clusters-server-process.ts'), [], ['--conditions=fleetkit:source'])
  const { port, cert } = await next<{ port: number; cert: string }>(server)
  const client = start(program, [how, String(port), cert, String(clusters), String(warm)], ['--expose-gc', ...flags])
  const { kibEach, ms } = await next<{ kibEach: number; ms: number }>(client)
  const counting = next<Counts>(server)
  server.send('count')
  const { open, names, watches, mostHandshakes } = await counting
  if (names !== clusters + warm || watches !== clusters + warm) throw new Error(`${names} names and ${watches} watches`)
  return { kb: (kibEach * 1024) / 1000, sockets: (open / (clusters + warm)).toFixed(2), handshakes: mostHandshakes, seconds: ms / 1000 }
}

async function next<Message>(child: ChildProcess): Promise<Message> {
  const [message] = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => [new Error('a process ended')])])
  if (message instanceof Error) throw message
  return message
}
