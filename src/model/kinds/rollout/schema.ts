import { maxNameLength } from '../../names.ts'
import { count, name, text } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'

const by: Schema = { ...text(), minLength: 1, maxLength: 253 }
const reason: Schema = { ...text(), minLength: 1, maxLength: 1024 }
const digest: Schema = { type: 'string', maxLength: 16, pattern: '^[0-9a-f]{16}$', accepts: '16 hexadecimal digits, in lower case' }

/** Which stage of a strategy; with tracks, of which of them. */
const ofStage: Readonly<Record<string, Schema>> = { stage: text(), track: text() }

/** The schema of the spec of a Rollout: what people say of it. */
export const rolloutSpecSchema: Schema = {
  type: 'object',
  typeName: 'StoredRolloutSpec',
  properties: {
    module: { ...name(), maxLength: maxNameLength },
    handbrake: { type: 'object', typeName: 'RolloutHandbrake', required: ['by', 'reason'], properties: { by, reason } },
    emergency: {
      type: 'object',
      typeName: 'RolloutEmergency',
      required: ['revision', 'by', 'reason'],
      properties: { revision: name(), by, reason },
    },
    approvals: {
      type: 'array',
      maxItems: 1000,
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'StageApproval',
        required: ['stage', 'by', 'digest'],
        properties: { ...ofStage, by, digest },
      },
    },
    pins: {
      type: 'array',
      maxItems: 10_000,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['cluster'],
      items: {
        type: 'object',
        typeName: 'RolloutPin',
        required: ['cluster', 'revision', 'by', 'reason'],
        properties: { cluster: { ...name(), maxLength: 253 }, revision: name(), by, reason },
      },
    },
  },
}

/** The schema of the status of a Rollout. The state is the planner's: it reads whatever it finds, and says what is wrong with it. */
export const rolloutStatusSchema: Schema = {
  type: 'object',
  typeName: 'StoredRolloutStatus',
  properties: {
    state: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    approvals: {
      type: 'array',
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'AwaitedApproval',
        required: ['stage', 'digest', 'clusters', 'message'],
        properties: { ...ofStage, digest: text(), clusters: count(), message: text() },
      },
    },
    verdicts: {
      type: 'array',
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'StoredVerdict',
        required: ['revision', 'nonce', 'stage', 'check', 'verdict', 'at'],
        properties: {
          revision: text(),
          nonce: text(),
          ...ofStage,
          check: text(),
          verdict: { type: 'string', enum: ['pass', 'fail', 'pending'] },
          at: count(),
          evidence: text(),
        },
      },
    },
  },
}
