import { stringAt } from '../fields.ts'
import { current, type HealthRule, inProgress } from '../rule.ts'

/** `Service`: only a load balancer has to wait for an address, and of addresses only for the one inside the cluster. */
export const service: HealthRule = ({ object }) => {
  const paths = ['spec.type', 'spec.clusterIP']
  return stringAt(object, 'spec.type', 'ClusterIP') === 'LoadBalancer' && stringAt(object, 'spec.clusterIP', '') === ''
    ? inProgress(object, 'service/no-cluster-ip', 'The load balancer has no cluster IP yet.', ...paths)
    : current(object, 'service/ready', 'The Service is ready.', ...paths)
}
