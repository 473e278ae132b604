import { Assemblage, type AssemblageInput } from 'fleetkit'
import { fluxDriver } from 'fleetkit/drivers'
import { describe, expect, test } from 'vitest'

const commit = '1'.repeat(40)
const url = 'https://example.com/edge.git'

/** What the driver says of one sync with these fields: the paths below it. */
function check(fields: Partial<AssemblageInput['spec']['syncs'][number]>): readonly string[] {
  const sync = { name: 'a', source: { git: { url, commit } }, prune: true, ...fields }
  const { syncs } = new Assemblage({
    metadata: { name: 'edge' },
    spec: { syncs: [{ ...sync, name: 'first', source: { git: { url, commit } } }, sync] },
  }).spec
  return fluxDriver()
    .check(syncs)
    .filter(({ path }) => path.startsWith('spec.syncs[1].'))
    .map(({ path, found, accepted }) => `${path.slice('spec.syncs[1].'.length)}: found ${found}, accepted ${accepted}`)
}

describe('what Flux cannot do', () => {
  test.each([
    [
      { source: { git: { url: 'git@example.com:edge.git', commit } } },
      'source.git.url: found string "git@example.com:edge.git", accepted a URL of Flux: https://, http://, or ssh://user@host/path',
    ],
    [
      { source: { git: { url: 'file:///srv/edge.git', commit } } },
      'source.git.url: found string "file:///srv/edge.git", accepted a URL of Flux: https://, http://, or ssh://user@host/path',
    ],
    [{ source: { git: { url, commit: '1'.repeat(64) } } }, expect.stringContaining('source.git.commit: found string "1111')],
    [{ maxPrune: 3 }, 'maxPrune: found number 3, accepted nothing: Flux prunes without a limit'],
    [{ maxPrune: '10%' }, 'maxPrune: found string "10%", accepted nothing: Flux prunes without a limit'],
    [{ confirmPrune: true }, 'confirmPrune: found boolean true, accepted false: Flux prunes without asking'],
    [{ partial: 'never' }, expect.stringContaining('partial: found string "never", accepted nothing')],
    [{ partial: 'continue' }, expect.stringContaining('partial: found string "continue", accepted nothing')],
    [{ healthProfile: 'argo' }, 'healthProfile: found string "argo", accepted flux, or nothing'],
    [{ conflicts: [{ paths: ['/spec'], action: 'Adopt' }] }, expect.stringContaining('conflicts: found a list of 1, accepted nothing')],
    [{ postBuild: { strict: true } }, expect.stringContaining('postBuild.strict: found boolean true, accepted false')],
  ] as const)('%j', (fields, problem) => {
    expect(check(fields as Parameters<typeof check>[0])).toEqual([problem])
  })

  test.each([
    {},
    { healthProfile: 'flux', allowEmpty: true, forceConflicts: true, ignore: [{ paths: ['/spec/replicas'] }] },
    { source: { git: { url: 'ssh://git@example.com/edge.git', commit, secretRef: { name: 'key' } } } },
    { postBuild: { substituteStrategy: 'Always', substitute: { a: '1' }, substituteFrom: [{ kind: 'Secret', name: 'values' }] } },
  ] as const)('but %j', (fields) => expect(check(fields as Parameters<typeof check>[0])).toEqual([]))
})
