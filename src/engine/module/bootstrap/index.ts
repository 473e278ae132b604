/**
 * Modules that are applied to their clusters directly, and may hand over to them.
 *
 * @module fleetkit/bootstrap-module
 * @packageDocumentation
 */
import '../../../manifest/error-codes.ts'
import '../../../plan/fleet/error-codes.ts'
import '../../../ports/error-codes.ts'
import '../../attempt/error-codes.ts'
import '../../runtime/error-codes.ts'

export {
  BootstrapModule,
  type BootstrapModuleDraft,
  type BootstrapModuleInput,
} from '../../../model/kinds/bootstrap-module/bootstrap-module.ts'
export type * from '../../../model/kinds/bootstrap-module/types.generated.ts'
export { assignedAnnotation, bootstrapModuleLabel } from '../../../plan/fleet/direct/assignment.ts'
export { type HandOverState, handOverAnnotation } from '../../../plan/fleet/direct/hand-over-record.ts'
export { bootstrapModuleControllers } from './controllers.ts'
