/**
 * From a bare cluster to a management that keeps itself.
 *
 * @module fleetkit/bootstrap
 * @packageDocumentation
 */
import '../../../manifest/error-codes.ts'
import '../../../manifest/health/error-codes.ts'
import '../../../manifest/substitute/error-codes.ts'
import '../../../plan/apply/error-codes.ts'
import '../../../ports/error-codes.ts'
import '../../attempt/error-codes.ts'
import '../../runtime/error-codes.ts'
import './error-codes.ts'

export { type BootstrapOptions, bootstrap } from './bootstrap.ts'
