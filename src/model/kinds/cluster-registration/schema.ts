import { maxNameLength } from '../../names.ts'
import { conditions } from '../../schema/conditions.ts'
import { count, name, text, time } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'

/** A coordinate of a point on P-256: 32 bytes. */
const coordinate: Schema = { type: 'string', pattern: '^[A-Za-z0-9_-]{43}$', accepts: '32 bytes in base64url' }

/** The schema of the spec of a ClusterRegistration. */
export const clusterRegistrationSpecSchema: Schema = {
  type: 'object',
  typeName: 'ClusterRegistrationSpec',
  required: ['clusterUid', 'publicKey'],
  properties: {
    clusterUid: { type: 'string', maxLength: 64, pattern: '^[-A-Za-z0-9]+$', accepts: 'the uid of a namespace: letters, digits and -' },
    proposedName: { ...name(), maxLength: maxNameLength },
    publicKey: {
      type: 'object',
      typeName: 'RegistrationKey',
      required: ['kty', 'crv', 'x', 'y'],
      properties: {
        kty: { type: 'string', enum: ['EC'] },
        crv: { type: 'string', enum: ['P-256'] },
        x: coordinate,
        y: coordinate,
      },
    },
    message: { ...text(), maxLength: 1000 },
  },
}

/** The schema of the status of a ClusterRegistration. */
export const clusterRegistrationStatusSchema: Schema = {
  type: 'object',
  typeName: 'ClusterRegistrationStatus',
  properties: {
    observedGeneration: count(),
    conditions: conditions(),
    decision: {
      type: 'object',
      typeName: 'RegistrationDecision',
      required: ['verdict', 'by', 'at', 'generation'],
      properties: {
        verdict: { type: 'string', enum: ['Approved', 'Denied'] },
        by: text(),
        at: time(),
        generation: count(),
        reason: text(),
        name: text(),
        namespace: text(),
        labels: { type: 'object', additionalProperties: text() },
      },
    },
    credential: {
      type: 'object',
      typeName: 'RegistrationCredential',
      required: ['jwe', 'issuedAt', 'expiresAt'],
      properties: { jwe: text(), issuedAt: time(), expiresAt: time() },
    },
  },
}
