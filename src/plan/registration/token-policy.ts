import type { KubeObject } from '../../model/object.ts'
import { agentName } from './made-objects.ts'

/** The day that agents ask for. */
const day = 86_400

/**
 * What refuses tokens of agents that last longer than a day: a ValidatingAdmissionPolicy with its binding, for the management. Without it who has a token of an agent can have one
 * for a year, since an API server grants that.
 *
 * @param options - the longest life, in seconds
 *
 * @category ClusterRegistration
 */
export function agentTokenPolicy({ maxSeconds = day }: { readonly maxSeconds?: number | undefined } = {}): readonly KubeObject[] {
  const apiVersion = 'admissionregistration.k8s.io/v1'
  const metadata = { name: `${agentName}-tokens` }
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['serviceaccounts/token'] }],
        },
        matchConditions: [{ name: 'of-an-agent', expression: `request.name == '${agentName}'` }],
        validations: [
          {
            expression: `object.spec.expirationSeconds <= ${maxSeconds}`,
            message: `a token of an agent lasts at most ${maxSeconds} seconds`,
          },
        ],
      },
    },
    { apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata, spec: { policyName: metadata.name, validationActions: ['Deny'] } },
  ]
}
