import type { LookupAddress } from 'node:dns'
import { expect, test } from 'vitest'
import { NameLookup } from '../../../internals.ts'

const address: LookupAddress = { address: '192.0.2.1', family: 4 }
const notFound = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

/** Sources that know some names, and note what they are asked. The machine answers when it is told to. */
function sources({ served = [] as readonly string[], hosts = '' } = {}) {
  const queried: string[] = []
  const asked = new Map<string, PromiseWithResolvers<readonly LookupAddress[]>>()
  const names = new NameLookup({
    query: async (name) => {
      queried.push(name)
      return served.includes(name) ? [address] : []
    },
    lookup: (name) => {
      const answer = Promise.withResolvers<readonly LookupAddress[]>()
      asked.set(name, answer)
      return answer.promise
    },
    hosts: async () => hosts,
  })
  const answer = async (name: string, given: readonly LookupAddress[] | Error): Promise<void> => {
    if (given instanceof Error) asked.get(name)?.reject(given)
    else asked.get(name)?.resolve(given)
    asked.delete(name)
    await turns()
  }
  return { names, queried, asking: () => [...asked.keys()], answer }
}

test('what name servers know takes no thread, however many names they do not know', async () => {
  const { names, asking } = sources({ served: ['good'] })
  const dead = Array.from({ length: 100 }, (_, index) => names.resolve(`dead-${index}`))
  await turns()
  expect(await names.resolve('good')).toEqual([address])
  expect(asking()).toEqual(['dead-0'])
  void Promise.allSettled(dead)
})

test('the machine is asked for one unknown name at a time, and once for all who wait', async () => {
  const { names, queried, asking, answer } = sources()
  const outcomes = ['a', 'a', 'b'].map((name) => names.resolve(name).catch(({ code }: NodeJS.ErrnoException) => code))
  await turns()
  expect([queried, asking()]).toEqual([['a', 'b'], ['a']])
  await answer('a', notFound)
  expect(asking()).toEqual(['b'])
  await answer('b', [address])
  expect(await Promise.all(outcomes)).toEqual(['ENOTFOUND', 'ENOTFOUND', [address]])
})

test('what the machine has known waits for no unknown name, until it knows it no more', async () => {
  const { names, asking, answer } = sources()
  const resolve = async (name: string): Promise<unknown> => names.resolve(name).catch(({ code }: NodeJS.ErrnoException) => code)
  const first = resolve('local')
  await turns()
  await answer('local', [address])
  await first
  const [unknown, again, other] = [resolve('unknown'), resolve('local'), resolve('other')]
  await turns()
  expect(asking().toSorted()).toEqual(['local', 'unknown'])
  await answer('local', notFound)
  expect(await again).toBe('ENOTFOUND')
  const late = resolve('local')
  await turns()
  expect(asking()).toEqual(['unknown'])
  for (const name of ['unknown', 'other', 'local']) await answer(name, [address])
  expect(await Promise.all([unknown, other, late])).toEqual([[address], [address], [address]])
})

test('what the hosts file names is what the machine says, whatever name servers do', async () => {
  const hosts = '# 192.0.2.9 commented\n127.0.0.1\tlocalhost\n192.0.2.7 api.example.com Other # api\n'
  const { names, queried, asking, answer } = sources({ hosts, served: ['api.example.com', 'commented'] })
  const found = ['api.example.com', 'other'].map((name) => names.resolve(name))
  await turns()
  expect(asking()).toEqual(['api.example.com'])
  await answer('api.example.com', [address])
  await answer('other', [address])
  await Promise.all(found)
  expect(queried).toEqual([])
  await names.resolve('commented')
  expect(queried).toEqual(['commented'])
})
