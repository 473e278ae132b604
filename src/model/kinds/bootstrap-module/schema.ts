import { maxNameLength } from '../../names.ts'
import { duration, name } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'
import { moduleSpecSchema } from '../module/schema.ts'

const handOverSchema: Schema = {
  type: 'object',
  typeName: 'HandOver',
  required: ['sync'],
  properties: {
    sync: {
      type: 'object',
      typeName: 'SyncInCluster',
      required: ['name', 'namespace'],
      properties: { name: { ...name(), maxLength: maxNameLength }, namespace: name() },
    },
    timeout: duration(undefined, { fallback: '10m', minimum: '1s' }),
    takeBackAfter: duration(undefined, { fallback: '10m', minimum: '1s' }),
  },
}

/** The schema of the spec of a BootstrapModule: that of a Module, and whether the cluster takes over. */
export const bootstrapModuleSpecSchema: Schema = {
  type: 'object',
  typeName: 'BootstrapModuleSpec',
  required: ['source'],
  extends: [moduleSpecSchema],
  // What is applied in the name of a Sync belongs to that, and to no other.
  transitionRules: [
    {
      rule: 'has(self.handOver) == has(oldSelf.handOver) && (!has(self.handOver) || self.handOver.sync == oldSelf.handOver.sync)',
      message: 'spec.handOver.sync is immutable',
    },
  ],
  properties: { ...moduleSpecSchema.properties, handOver: handOverSchema },
}
