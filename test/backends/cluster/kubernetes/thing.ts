import type { KubeObject } from 'fleetkit'

/** The definition of a type for tests, `Thing` of `test.fleetkit.dev/v1`. */
export function thingDefinition(plural = 'things', kind = 'Thing'): KubeObject {
  const schema = {
    type: 'object',
    properties: {
      spec: { type: 'object', properties: { variant: { type: 'integer' }, size: { type: 'string', enum: ['S', 'M'] } } },
      status: { type: 'object', properties: { observedGeneration: { type: 'integer' } } },
    },
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.test.fleetkit.dev` },
    spec: {
      group: 'test.fleetkit.dev',
      scope: 'Namespaced',
      names: { plural, kind },
      versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: schema } }],
    },
  }
}

export function thing(namespace: string, name: string, variant = 0): KubeObject {
  return { apiVersion: 'test.fleetkit.dev/v1', kind: 'Thing', metadata: { name, namespace }, spec: { variant } }
}
