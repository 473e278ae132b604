import '../../../ports/error-codes.ts'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { basename, delimiter, join } from 'node:path'
import { FleetkitError } from '../../../model/errors/error.ts'

/** How kustomize is run: the program, and what comes before the directory. */
export interface KustomizeCommand {
  readonly program: string
  readonly args: readonly string[]
}

/**
 * Where kustomize is: the given program, otherwise `kustomize` or else `kubectl`, which contains it, of the `PATH`.
 *
 * @throws FleetkitError `render/unavailable`
 */
export async function findCommand(given: string | undefined): Promise<KustomizeCommand> {
  for (const name of given === undefined ? ['kustomize', 'kubectl'] : [given]) {
    const program = await findProgram(name)
    if (program !== undefined) return { program, args: basename(name).startsWith('kubectl') ? ['kustomize'] : ['build'] }
  }
  const missing = given === undefined ? 'neither kustomize nor kubectl is on the PATH' : `${given} is not a program`
  const hint =
    'get kubectl from https://kubernetes.io/docs/tasks/tools or kustomize from https://kubectl.docs.kubernetes.io/installation/kustomize'
  throw new FleetkitError('render/unavailable', `${missing}; ${hint}, or name one with the option command`)
}

async function findProgram(name: string): Promise<string | undefined> {
  const suffix = process.platform === 'win32' && !name.endsWith('.exe') ? '.exe' : ''
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const file of /[/\\]/.test(name) ? [name] : folders.map((folder) => join(folder, name + suffix))) {
    const usable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (usable) return file
  }
  return undefined
}
