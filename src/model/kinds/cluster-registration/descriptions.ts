import type { Descriptions } from '../../schema/describe.ts'

/** What the fields of a ClusterRegistration mean. */
export const clusterRegistrationDescriptions: Descriptions = {
  ClusterRegistrationSpec: {
    '': 'What a cluster says of itself.',
    clusterUid: 'The uid of its namespace kube-system.',
    proposedName: 'The name that it would like to have. Which one it gets is decided with the approval.',
    message: 'For the person who decides.',
  },
  RegistrationKey: {
    '': 'The public key of a pair that the cluster has made for this registration, as a JSON Web Key. Its first token is encrypted to it.',
    kty: 'The type of the key.',
    crv: 'Its curve.',
    x: 'A coordinate of the point.',
    y: 'The other one.',
  },
  ClusterRegistrationStatus: {
    '': 'What became of a ClusterRegistration.',
    observedGeneration: 'The generation of the last outcome.',
    conditions: 'Ready, with the reason why not; and Stalled where only a change can repair it.',
  },
  RegistrationDecision: {
    '': 'What a person has decided.',
    verdict: 'Whether the cluster is to be registered.',
    by: 'Who has decided.',
    at: 'When.',
    generation: 'The generation of what was decided on.',
    reason: 'Why it was denied, for people.',
    name: 'The name of its Cluster.',
    namespace: 'The namespace of its Cluster.',
    labels: 'The labels of its Cluster, by which Modules select it.',
    'labels{}': 'The value of a label.',
  },
  RegistrationCredential: {
    '': 'The first token of the cluster, until it is in use.',
    jwe: 'JSON with token, namespace and cluster, as a compact JWE (ECDH-ES, A256GCM).',
    issuedAt: 'When it was issued.',
    expiresAt: 'When the token ends.',
  },
}
