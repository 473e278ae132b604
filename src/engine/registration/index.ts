/**
 * How a cluster is registered: by itself, with a token that may do nothing but ask, or by the management.
 *
 * @module fleetkit/registration
 * @packageDocumentation
 */
import '../../ports/error-codes.ts'
import '../runtime/error-codes.ts'
import './error-codes.ts'

export { ClusterRegistration, type ClusterRegistrationInput } from '../../model/kinds/cluster-registration/cluster-registration.ts'
export { registrationNameOf } from '../../model/kinds/cluster-registration/name.ts'
export type * from '../../model/kinds/cluster-registration/types.generated.ts'
export type { RbacSubject } from '../../plan/registration/made-objects.ts'
export {
  planRegistration,
  type RegistrationInput,
  type RegistrationPlan,
  type RegistrationTarget,
} from '../../plan/registration/plan-registration.ts'
export { registrationAnnotation } from '../../plan/registration/registered-objects.ts'
export { registeredUidAnnotation } from '../../plan/registration/registered-uid.ts'
export { agentTokenPolicy } from '../../plan/registration/token-policy.ts'
export { type RegistrationControllerOptions, registrationController } from './controller.ts'
export { type ApprovalOptions, approveRegistration, type DecisionOptions, denyRegistration } from './decide.ts'
export { type Registered, type RegisterOptions, register } from './register.ts'
export type { RegistrationName } from './registration-type.ts'
export { type TokenRenewalOptions, tokenRenewalController } from './token-renewal.ts'
export { type UnregisterOptions, unregisterCluster } from './unregister.ts'
