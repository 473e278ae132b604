import type { KubeObject } from '../../object.ts'
import { Module } from '../module/module.ts'
import { BootstrapModule } from './bootstrap-module.ts'
import { bootstrapModuleType } from './type.ts'

/**
 * What is rolled out over clusters.
 *
 * @category Module
 */
export type AnyModule = Module | BootstrapModule

/** A Module or a BootstrapModule from an object of a store. */
export function readModule(object: KubeObject): AnyModule {
  return object.kind === bootstrapModuleType.kind ? BootstrapModule.from(object) : Module.from(object)
}
