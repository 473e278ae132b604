import type { KubeObject } from 'fleetkit'
import { kustomizeRenderer } from 'fleetkit/kustomize'
import { memoryRenderer } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { type ConformanceSkip, rendererConformance } from 'fleetkit/testing'
import { describe, inject, test } from 'vitest'
import { findAssets } from '../../servers/assets.ts'
import { describeWithServers } from '../../servers/index.ts'

const dispose = async (): Promise<void> => {}
const jsonFiles = (objects: readonly KubeObject[]): Readonly<Record<string, string>> =>
  Object.fromEntries(objects.map((object, index) => [`${index}.json`, JSON.stringify(object)]))
const noReferences: ConformanceSkip = {
  reason: 'its files refer to no others',
  tests: ['a reference that leaves the tree is refused'],
}

describe('plain', () => {
  rendererConformance({
    test,
    make: async () => ({
      renderer: plainRenderer(),
      files: (objects) => ({ 'README.md': '', ...jsonFiles(objects) }),
      foreign: { 'kustomization.yaml': 'resources: []' },
      limited: plainRenderer({ limits: { bytes: 10_000 } }),
      [Symbol.asyncDispose]: dispose,
    }),
    skip: [noReferences],
  })
})

describe('memory', () => {
  const file = 'objects.json'
  const decoder = new TextDecoder()
  rendererConformance({
    test,
    make: async () => ({
      renderer: memoryRenderer(
        async (tree, { path, signal }) => {
          const listed = (await tree.list(path, { signal })).filter((name) => name.endsWith(file))
          return [...(await tree.read(listed, { signal })).values()].flatMap((content) => JSON.parse(decoder.decode(content)))
        },
        { accepts: (files, path) => files.includes(path === '' ? file : `${path}/${file}`) },
      ),
      files: (objects) => ({ [file]: JSON.stringify(objects) }),
      foreign: { 'a.yaml': '' },
      [Symbol.asyncDispose]: dispose,
    }),
    skip: [
      noReferences,
      { reason: 'the test itself gives the objects, as many as it likes', tests: ['more than the limit is source/limit'] },
    ],
  })
})

const assets = inject('sharedServers') === null ? undefined : await findAssets()
describeWithServers('kustomize', () => {
  const command = assets?.kubectl
  rendererConformance({
    test,
    make: async () => ({
      renderer: kustomizeRenderer({ command }),
      files: (objects) => {
        const files = jsonFiles(objects)
        return { 'kustomization.yaml': JSON.stringify({ resources: Object.keys(files) }), ...files }
      },
      foreign: { 'a.yaml': '' },
      escaping: { 'kustomization.yaml': 'resources: [../../outside]' },
      limited: kustomizeRenderer({ command, limits: { bytes: 10_000 } }),
      [Symbol.asyncDispose]: dispose,
    }),
  })
})
