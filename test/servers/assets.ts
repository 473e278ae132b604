import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'

/** A Go module whose programs the suites run, and how they are built from it. */
interface ServerModule {
  /** The folder that holds go.mod and go.sum. */
  readonly directory: string
  /** Go packages by the name of the program. */
  readonly programs: Readonly<Record<string, string>>
  /** Linker flags, which may depend on what go.mod pins. */
  ldflags(goMod: string): string
  /** Go files of our own in the folder. */
  readonly sources?: readonly string[]
  /** Whether it is always built, and never one of the ready programs that `KUBEBUILDER_ASSETS` points to. */
  readonly alwaysBuilt?: boolean
}

const kubernetes: ServerModule = {
  directory: path.join(import.meta.dirname, 'kubernetes'),
  programs: {
    etcd: 'go.etcd.io/etcd/server/v3',
    'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
    kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  },
  ldflags(goMod) {
    const version = /^\s*k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+\S*)/m.exec(goMod)
    if (version === null) throw new Error('test/servers/kubernetes/go.mod does not pin k8s.io/kubernetes')
    const [, gitVersion, gitMajor, gitMinor] = version as unknown as [string, string, string, string]
    // Without these stamps a server calls itself v0.0.0-master, and clients that check the version refuse it.
    const stamps = { gitVersion, gitMajor, gitMinor, gitTreeState: 'clean', gitCommit: '0'.repeat(40) }
    return ['-s', '-w', ...Object.entries(stamps).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)].join(' ')
  },
}

/** Programs that answer as others do, for the tests that compare us with them: one folder of `test/oracles` each. */
const oracles: readonly ServerModule[] = ['health', 'envsubst', 'ssa'].map((name) => ({
  directory: path.join(import.meta.dirname, '..', 'oracles', name),
  programs: { [`${name}-oracle`]: '.' },
  ldflags: () => '-s -w',
  sources: ['main.go'],
  alwaysBuilt: true,
}))

/** The controllers of Flux. */
const flux: readonly ServerModule[] = ['source-controller', 'kustomize-controller'].map((name) => ({
  directory: path.join(import.meta.dirname, 'flux', name),
  programs: { [name]: `github.com/fluxcd/${name}` },
  ldflags: () => '-s -w',
}))

/** The programs of Flux. */
export function fluxPrograms(): Promise<readonly ServerProgram[]> {
  return serverPrograms(flux)
}

/** The programs of the oracles. */
export function oraclePrograms(): Promise<readonly ServerProgram[]> {
  return serverPrograms(oracles)
}

/** A program, where it is or will be, and how to build it. */
export interface ServerProgram {
  readonly name: string
  readonly path: string
  readonly moduleDirectory: string
  /** Arguments of `go`. `-o <file>` and the package follow. */
  readonly build: readonly string[]
  readonly package: string
}

/** The programs of every module. They lie in `KUBEBUILDER_ASSETS` when that is set, otherwise in the user's cache folder. */
export async function serverPrograms(modules: readonly ServerModule[] = [kubernetes]): Promise<readonly ServerProgram[]> {
  const programs = await Promise.all(
    modules.map(async (module) => {
      const goMod = await readFile(path.join(module.directory, 'go.mod'), 'utf8')
      const goSum = await readFile(path.join(module.directory, 'go.sum'), 'utf8')
      const sources = await Promise.all((module.sources ?? []).map((file) => readFile(path.join(module.directory, file), 'utf8')))
      const build = ['build', '-trimpath', '-ldflags', module.ldflags(goMod)]
      const digest = createHash('sha256')
        .update(JSON.stringify([goMod, goSum, build, process.platform, process.arch, ...sources]))
        .digest('hex')
      const ready = module.alwaysBuilt === true ? undefined : process.env.KUBEBUILDER_ASSETS
      const directory = ready || path.join(cacheHome(), 'fleetkit', 'servers', digest.slice(0, 16))
      return Object.entries(module.programs).map(([name, goPackage]) => ({
        name,
        path: path.join(directory, name),
        moduleDirectory: module.directory,
        build,
        package: goPackage,
      }))
    }),
  )
  return programs.flat()
}

function cacheHome(): string {
  return process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache')
}

/** The programs of the list that are not there. */
export async function missingPrograms(programs: readonly ServerProgram[]): Promise<readonly ServerProgram[]> {
  const there = await Promise.all(
    programs.map((program) =>
      access(program.path, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  )
  return programs.filter((_, index) => !there[index])
}

/** Paths of the programs by name. */
export type ServerAssets = Readonly<Record<string, string>>

/** Where every program is, or `undefined` when any is missing. */
export async function findAssets(): Promise<ServerAssets | undefined> {
  const programs = await serverPrograms()
  if ((await missingPrograms(programs)).length > 0) return undefined
  return Object.fromEntries(programs.map((program) => [program.name, program.path]))
}
