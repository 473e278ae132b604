/** Gateways, routes, certificates, secrets, meshes. */
export const networking: string = `
cert-manager.io/Certificate
InProgress @Issuing=True
* Failed @Ready=False
* Current @Ready=True
InProgress

cert-manager.io/ClusterIssuer cert-manager.io/Issuer certmanager.k8s.io/Certificate certmanager.k8s.io/Issuer
external-secrets.io/ClusterSecretStore external-secrets.io/ExternalSecret external-secrets.io/PushSecret external-secrets.io/SecretStore
onepassword.com/OnePasswordItem
* Failed @Ready=False
* Current @Ready=True
InProgress

external-secrets.io/ClusterExternalSecret
Current status.conditions[-1,type=Ready,status=True]
Failed status.conditions[-1,type=PartiallyReady|NotReady,status=True]
InProgress

kubernetes-client.io/ExternalSecret
Current status.status=SUCCESS
Failed status.status=ERROR*
InProgress

bitnami.com/SealedSecret
* Failed @Synced=False
* Current @Synced=True
InProgress

networking.gke.io/ManagedCertificate
Failed status.domainStatus[status=FailedNotVisible]
Current status.certificateStatus=Active
InProgress

gateway.networking.k8s.io/GatewayClass
Current status.conditions[type=Accepted,status=True,observedGeneration?^metadata.generation==^metadata.generation?observedGeneration]
Failed status.conditions[type=Accepted,status=False,observedGeneration?^metadata.generation==^metadata.generation?observedGeneration]
InProgress

gateway.networking.k8s.io/Gateway
Failed @ResolvedRefs|Accepted=False
InProgress @Programmed=!True
Failed status.listeners[@ResolvedRefs|Accepted=False]
InProgress status.listeners[@Programmed=!True]
Current status.conditions
Current status.listeners[]
InProgress

gateway.networking.k8s.io/HTTPRoute gateway.networking.k8s.io/GRPCRoute
Failed status.parents[conditions[],!conditions[observedGeneration,^metadata.generation,observedGeneration~=^metadata.generation],@ResolvedRefs|Accepted=False]
InProgress status.parents[conditions[],!conditions[observedGeneration,^metadata.generation,observedGeneration~=^metadata.generation],@Programmed=!True]
Current status.parents[conditions[],!conditions[observedGeneration,^metadata.generation,observedGeneration~=^metadata.generation]]
InProgress

gateway.networking.k8s.io/BackendTLSPolicy
InProgress status.ancestors[conditions[observedGeneration,^metadata.generation,observedGeneration~=^metadata.generation]]
Failed status.ancestors[@Accepted|ResolvedRefs=!True]
Current status.ancestors[@Accepted=True]
InProgress

gateway.solo.io/Gateway gateway.solo.io/MatchableHttpGateway gateway.solo.io/RouteOption gateway.solo.io/RouteTable gateway.solo.io/VirtualHostOption
gateway.solo.io/VirtualService gloo.solo.io/Proxy gloo.solo.io/Settings gloo.solo.io/Upstream gloo.solo.io/UpstreamGroup
Failed status.statuses[state=Warning|3|Rejected|2]
Suspended status.statuses[state=Pending|0]
Current status.statuses[state=Accepted|1]
Failed status.state=Warning|3|Rejected|2
Suspended status.state=Pending|0
Current status.state=Accepted|1
InProgress

projectcontour.io/ExtensionService
Current status.conditions[type=Valid,status=True,observedGeneration==^metadata.generation]
Failed status.conditions[type=Valid,status=False,observedGeneration==^metadata.generation]
InProgress

projectcontour.io/HTTPProxy
Current status.conditions[type=Valid,status=True,observedGeneration==^metadata.generation]
Current spec.includes status.conditions[status=False,observedGeneration==^metadata.generation]
Failed status.conditions[type=Valid,status=False,observedGeneration==^metadata.generation]
InProgress

route.openshift.io/Route
InProgress !status.ingress
Current !status.ingress[!@Admitted=True]
Failed status.ingress[@Admitted=False]
InProgress

operator.openshift.io/IngressController
* Failed @Degraded=True
* InProgress @DeploymentReplicasAllAvailable=False
* InProgress @Progressing=True
* Current @Available=True
InProgress

install.istio.io/IstioOperator
Unknown status.status=0|NONE
InProgress status.status=1|UPDATING|2|RECONCILING
Current status.status=3|HEALTHY
Failed status.status=4|ERROR
InProgress

kiali.io/Kiali
* Current @Successful=True
* Failed @Failure=True
InProgress

nmstate.io/NodeNetworkConfigurationPolicy
* Current @Available=True
* Failed @Degraded=True
* InProgress @Progressing=True
* Suspended @Ignored=True
InProgress

proclaim.dogmatiq.io/DNSSDServiceInstance
Failed @Adopted=False
Failed @Advertised:AdvertiseError|UnadvertiseError
Unknown @Discoverable:DiscoveryError
Current @Discoverable=True
InProgress

apps.3scale.net/APIManager
Current status.deployments.ready !status.deployments.starting !status.deployments.stopped
* Current @Available=True
* Failed @Available:?*
InProgress

capabilities.3scale.net/ActiveDoc
* Current @Ready=True
* Failed @Invalid|Orphan|Failed=True
InProgress

capabilities.3scale.net/Application
Suspended status.state=suspended
* Current @Ready=True
* Failed @Ready !status.adminId>0
InProgress

capabilities.3scale.net/ApplicationAuth
* Current @Ready=True
* Failed @Failed=True
InProgress

capabilities.3scale.net/Backend
* Current @Synced=True
* Failed @Invalid|Failed=True
InProgress

capabilities.3scale.net/CustomPolicyDefinition capabilities.3scale.net/OpenAPI
* Current @Ready=True
* Failed @Invalid|Failed=True
InProgress

capabilities.3scale.net/DeveloperAccount
* Current @Ready=True
* Failed @Invalid|Failed=True
* Suspended @Waiting=True
InProgress

capabilities.3scale.net/DeveloperUser
Suspended status.developerUserState=suspended
* Current @Ready=True
* Failed @Invalid|Orphan|Failed=True
InProgress

capabilities.3scale.net/Product
* Current @Synced=True
* Failed @Invalid|Orphan|Failed=True
InProgress

capabilities.3scale.net/ProxyConfigPromote
* Current @Ready=True
* InProgress @In-progress=True
* Failed @Failed=True
InProgress

capabilities.3scale.net/Tenant
Current @Ready=True status.tenantId>0 status.adminId>0
Failed @Ready=!True
InProgress
`
