import type { TypeRef } from '../../reference.ts'
import { fleetkitApiVersion } from '../group.ts'

export const moduleRevisionType: TypeRef = { apiVersion: fleetkitApiVersion, kind: 'ModuleRevision' }
