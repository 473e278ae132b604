import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Json } from 'fleetkit'
import { parseJson } from '../internals.ts'

type JsonObject = { readonly [key: string]: Json }

/**
 * What kubectl reads in each file: the objects that it prints again with a label more, without a server. A file of
 * which it prints nothing holds no object, or is refused.
 */
export async function readWithKubectl(kubectl: string, files: readonly (string | Uint8Array)[]): Promise<readonly (readonly Json[])[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fleetkit-test-'))
  try {
    // kubectl goes on after a file that it refuses. A file before each says in the output where its objects begin.
    for (const [index, file] of files.entries()) {
      const name = path.join(folder, String(index).padStart(8, '0'))
      await writeFile(`${name}-a.yaml`, `{"apiVersion": "v1", "kind": "Marker", "metadata": {"name": "${index}"}}`)
      await writeFile(`${name}-b.yaml`, file)
    }
    const args = ['label', '--local', '--output=json', '--filename', folder, 'fleetkit-test=']
    const output = await new Promise<string>((resolve) => {
      execFile(kubectl, args, { maxBuffer: 1 << 30 }, (_, stdout) => resolve(stdout))
    })
    const read: Json[][] = files.map(() => [])
    let current: Json[] = []
    for (const text of output.split(/^(?=\{$)/m).filter(Boolean)) {
      const object = parseJson(text) as JsonObject
      if (object.kind === 'Marker') current = read[Number((object.metadata as JsonObject).name)] as Json[]
      else current.push(withoutLabel(object))
    }
    return read
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** An object without the label that kubectl set, and without labels that are empty. */
export function withoutLabel(object: JsonObject): JsonObject {
  const { labels, ...metadata } = (object.metadata ?? {}) as JsonObject
  const { 'fleetkit-test': _, ...others } = (labels ?? {}) as JsonObject
  return { ...object, metadata: Object.keys(others).length > 0 ? { ...metadata, labels: others } : metadata }
}
