import { validateNewObject, validateObject } from 'fleetkit/store'
import { expect, test } from 'vitest'

const thing = (metadata: object): object => ({
  apiVersion: 'example.com/v1',
  kind: 'Thing',
  metadata: { name: 'a', ...metadata },
  spec: { list: [1] },
})

test('a valid object comes back as a frozen copy, without empty metadata', () => {
  const given = thing({ namespace: '', labels: {}, finalizers: [], annotations: null, uid: '1' })
  const object = validateObject(given)
  expect(object).toEqual(thing({ uid: '1' }))
  for (const part of [object, object.metadata, object.spec]) expect(Object.isFrozen(part)).toBe(true)
  expect(Object.isFrozen(given)).toBe(false)
})

test('every problem is named at once, and a value that can be secret is not shown', () => {
  const refused = { ...thing({ name: 'A/b', labels: { 'a b': 'c' } }), kind: 'no kind', spec: { secret: 'hunter2' } }
  expect(() => validateObject(refused)).toThrow(
    expect.objectContaining({
      code: 'model/invalid',
      problems: ['kind', 'metadata.name', 'metadata.labels["a b"]'].map((path) => expect.objectContaining({ path })),
      message: expect.not.stringContaining('hunter2'),
    }),
  )
  expect(() => validateObject({ ...thing({}), spec: { token: Symbol('hunter2') } })).toThrow(
    expect.objectContaining({ message: expect.stringMatching(/spec\.token: found a symbol(?!.*hunter2)/) }),
  )
  for (const none of [undefined, null, [], 'text'])
    expect(() => validateObject(none)).toThrow(expect.objectContaining({ code: 'model/invalid' }))
})

test('only a new object has to come without a resourceVersion', () => {
  expect(validateObject(thing({ resourceVersion: '1' })).metadata.resourceVersion).toBe('1')
  expect(() => validateNewObject(thing({ resourceVersion: '1' }))).toThrow(/metadata\.resourceVersion/)
  expect(validateNewObject(thing({ resourceVersion: '' })).metadata.name).toBe('a')
})
