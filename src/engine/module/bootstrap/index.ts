/**
 * Modules that are applied to their clusters directly, and may hand over to them.
 *
 * @module fleetkit/bootstrap-module
 * @packageDocumentation
 */
import '../../../manifest/error-codes.ts'
import '../../runtime/error-codes.ts'

export {
  BootstrapModule,
  type BootstrapModuleDraft,
  type BootstrapModuleInput,
} from '../../../model/kinds/bootstrap-module/bootstrap-module.ts'
export type * from '../../../model/kinds/bootstrap-module/types.generated.ts'
