import type { Descriptions } from '../schema/describe.ts'

const pointer = 'JSON pointer (RFC 6901) to the field.'
const type = 'Of which type the field is. One of another type is a problem of that cluster.'

/** What the fields of parameters mean. */
export const parameterDescriptions: Descriptions = {
  ModuleParameter: {
    '': 'A variable that is replaced in the rendered objects, with a value for each cluster.',
    name: 'The name of the variable. No other parameter has it, and no variable of postBuild.substitute.',
    value: 'The value. In it, $(name) stands for the value of another parameter, and $$ for a $.',
    valueFrom: 'Where the value of each cluster comes from.',
  },
  ParameterSource: {
    '': 'Where a value comes from.',
    clusterFieldRef: 'A field of the Cluster.',
    objectFieldRef: 'A field of an object that is named.',
    default: 'The value where there is no such object, or no such field in it.',
    optional: 'Whether there may be no value: the variable is not defined then. Otherwise the cluster is not assigned the revision.',
  },
  ClusterFieldReference: {
    '': 'A field of the Cluster.',
    pointer,
    type,
  },
  ObjectFieldReference: {
    '': 'A field of an object.',
    apiVersion: 'API version, e.g. v1.',
    kind: 'Kind, e.g. ConfigMap.',
    name: 'Name of the object. In it, $(name) stands for the value of another parameter.',
    namespace: 'Its namespace, likewise; that of the Module when absent.',
    pointer,
    type,
    evaluate:
      'Where the object is read: by the management (Upstream), or in the cluster (Downstream). Downstream it is a ConfigMap or Secret in the namespace of the sync, whose key is named as the parameter; all its keys are variables then.',
  },
}
