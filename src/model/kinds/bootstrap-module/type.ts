import type { TypeRef } from '../../reference.ts'
import { fleetkitApiVersion } from '../group.ts'

export const bootstrapModuleType: TypeRef = { apiVersion: fleetkitApiVersion, kind: 'BootstrapModule' }
