// Run as a process of its own: writes as fast as it can, and says on stdout what was acknowledged, until it is killed.
import { writeSync } from 'node:fs'
import { sqliteStore } from 'fleetkit/sqlite'

const [path, name] = process.argv.slice(2) as [string, string]
const store = sqliteStore(path, { history: 50 })
const type = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync' }
for (let count = 0; ; count++) {
  const object = await store.create({ ...type, metadata: { name: `${name}-${count}`, namespace: 'default' }, spec: { count } })
  say(object.metadata.name, object.metadata.resourceVersion)
  const updated = await store.update({ ...object, spec: { count, again: true } })
  say(object.metadata.name, updated.metadata.resourceVersion)
  if (count % 5 === 0) {
    await store.delete({ ...type, namespace: 'default', name: object.metadata.name })
    say(object.metadata.name, 'gone')
  }
}

function say(...words: readonly unknown[]): void {
  writeSync(1, `${words.join(' ')}\n`)
}
