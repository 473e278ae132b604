/** Clusters and their machines, clouds, virtual machines, policies over fleets. */
export const clusters: string = `
addons.cluster.x-k8s.io/ClusterResourceSet
* Current @ResourcesApplied=True
* Failed @ResourcesApplied=False
InProgress

cluster.x-k8s.io/Cluster
Suspended spec.paused
Failed status.conditions[type=Ready,status=False,!severity=Info]
Current status.phase=Provisioned
Failed status.phase=Failed
InProgress

cluster.x-k8s.io/Machine
Current status.phase=Running
Failed status.phase=Failed
InProgress

cluster.x-k8s.io/MachineDeployment
Suspended spec.paused
Current status.phase=Running
Failed status.phase=Failed
InProgress

cluster.x-k8s.io/MachineHealthCheck
InProgress !status.currentHealthy
Current status.expectedMachines==status.currentHealthy
Failed

cluster.x-k8s.io/MachinePool
Current status.phase=Running|Scaling
Failed status.phase=Failed|Unknown
InProgress

controlplane.cluster.x-k8s.io/AWSManagedControlPlane
Current @Ready=True
Failed status.conditions[status=False,severity=Error]
InProgress

core.gardener.cloud/Shoot
Current metadata.labels["shoot.gardener.cloud/status"]=healthy
Failed metadata.labels["shoot.gardener.cloud/status"]=unhealthy
Unknown metadata.labels["shoot.gardener.cloud/status"]=unknown
InProgress

karpenter.k8s.aws/EC2NodeClass karpenter.sh/NodePool
* Failed @Ready=False
* Current @Ready=True
InProgress

karpenter.sh/NodeClaim
InProgress metadata.generation status.observedGeneration metadata.generation~=status.observedGeneration
Suspended @Disrupting=True
* Failed @Ready=False
* Current @Ready=True
InProgress

keda.sh/ScaledJob
Failed @Ready=False|Unknown
Suspended @Ready=True @Paused=True
Current @Ready=True
InProgress

keda.sh/ScaledObject
Failed @Ready=False
Failed @Fallback=True
Suspended @Ready=True @Paused=True
Current @Ready=True
InProgress

kubevirt.io/VirtualMachine
Current spec.running=false !status.created
Current spec.runStrategy=Halted !status.created
Suspended @Paused=True
Current @Ready=True
InProgress @Ready status.created
Suspended @Ready
InProgress

kubevirt.io/VirtualMachineInstance
Failed status.phase=Failed
InProgress status.phase=Pending|Scheduling|Scheduled
Suspended status.phase=Succeeded
Unknown status.phase=Unknown
Suspended @Paused=True
Current @Ready=True
Failed @Ready
InProgress

cdi.kubevirt.io/DataVolume
Current status.phase=Succeeded
Suspended status.phase=Paused
Failed status.phase=Failed|Unknown
Failed @Running=False:Error
InProgress

kyverno.io/Policy
Current status.conditions[type=Ready,status=True,reason=Succeeded,message=Ready]
InProgress

policy.open-cluster-management.io/CertificatePolicy
InProgress !status.compliant
Current status.compliant=Compliant
Failed

policy.open-cluster-management.io/ConfigurationPolicy
InProgress !status.compliant
InProgress status.lastEvaluatedGeneration~=metadata.generation
InProgress !status.compliancyDetails
Current status.compliant=Compliant
Failed

policy.open-cluster-management.io/OperatorPolicy
InProgress status.observedGeneration status.observedGeneration~=metadata.generation
* Current @Compliant=True
* Failed @Compliant
InProgress

policy.open-cluster-management.io/Policy
Current spec.disabled
InProgress !status
Current !status.compliant !status.status status.placement[]
InProgress !status.compliant
Current status.compliant=Compliant
Failed

work.karmada.io/ClusterResourceBinding work.karmada.io/ResourceBinding
InProgress !status
InProgress !spec.clusters[]
InProgress #spec.clusters~=#status.aggregatedStatus
Failed status.aggregatedStatus[health=Unhealthy]
Failed status.aggregatedStatus[health=Unknown,!applied=true]
Current

operators.coreos.com/Subscription
InProgress !status.conditions
Failed @InstallPlanMissing:!ReferencedInstallPlanNotFound
Failed @CatalogSourcesUnhealthy|InstallPlanFailed|ResolutionFailed=True
Failed status.state=UpgradeFailed
InProgress !status.state=?*
InProgress status.state=UpgradeAvailable
Current spec.installPlanApproval=Manual @InstallPlanPending=True:RequiresApproval status.installedCSV
InProgress @InstallPlanPending=True
InProgress status.state=UpgradePending
Current

operator.knative.dev/KnativeEventing
InProgress !status.conditions
InProgress @Ready=False
InProgress @*=Unknown
Current 2#@Ready|InstallSucceeded=True
Failed

operator.knative.dev/KnativeServing
InProgress !status.conditions
InProgress @Ready|DeploymentsAvailable=False
InProgress @*=Unknown
Current 4#@Ready|InstallSucceeded|DependenciesInstalled|DeploymentsAvailable=True
Failed

serving.knative.dev/Service
Failed @*=False
InProgress @*=Unknown
Current 3#@ConfigurationsReady|RoutesReady|Ready=True
InProgress

serving.kserve.io/InferenceService
Suspended @Stopped=True
InProgress !status.conditions
Failed status.modelStatus !status.modelStatus.transitionStatus=UpToDate|InProgress
InProgress status.modelStatus.transitionStatus=InProgress
InProgress @*=Unknown
InProgress status.conditions[status=False,!type=Stopped]
Current

openfaas.com/Function
* Failed @Ready=False
* Failed @Stalled=True
* Current @Ready=True status.replicas>0
* Suspended @Ready=True
InProgress

core.spinkube.dev/SpinApp
InProgress !status
Failed @Progressing=False:ProgressDeadlineExceeded
Failed status.conditions[type=Progressing,status=False,message=*timeout*|*Timeout*|*failed*|*Failed*]
Failed !@Available=True
InProgress status.readyReplicas?0<spec.replicas?1
InProgress @Progressing=True
Current

services.cloud.sap.com/ServiceBinding services.cloud.sap.com/ServiceInstance
InProgress !status.conditions
InProgress status.conditions[observedGeneration,^metadata.generation,observedGeneration~=^metadata.generation]
Failed @Succeeded=False
Failed @Failed=True
Current

iammanager.keikoproj.io/Iamrole
Current status.state=Ready
Failed status.state=Error|RolesMaxLimitReached|PolicyNotAllowed|RoleNameNotAvailable
InProgress

pkg.crossplane.io/Provider
InProgress !status.conditions
Current @Installed=True @Healthy=True
Failed

stacks.crossplane.io/ClusterStackInstall
Current status.conditionedStatus@Ready=True
InProgress

cloudfront.aws.crossplane.io/Distribution iam.aws.crossplane.io/Policy iam.aws.crossplane.io/Role iam.aws.crossplane.io/RolePolicyAttachment
rds.aws.crossplane.io/DBCluster rds.aws.crossplane.io/DBInstance route53.aws.crossplane.io/ResourceRecordSet s3.aws.crossplane.io/Bucket
InProgress !status.conditions
Current @Ready=True @Synced=True
Suspended @Synced:ReconcilePaused !@Synced=True
InProgress @Synced=True !@Synced:ReconcilePaused
Failed

*.crossplane.io/*
Current !status.conditions[] kind=Composition|CompositionRevision|DeploymentRuntimeConfig|EnvironmentConfig|ImageConfig|ProviderConfig
Current !status.conditions[] kind=ProviderConfigUsage|ControllerConfig|StoreConfig|ClusterProviderConfig|ClusterProviderConfigUsage
Failed @LastAsyncOperation|Synced=False
Current @Ready|Healthy|Offered|Established|ValidPipeline|RevisionHealthy=True
InProgress

*.upbound.io/*
Current !status.conditions[] kind=ProviderConfig|ProviderConfigUsage|StoreConfig|ClusterProviderConfig|ClusterProviderConfigUsage
Failed @LastAsyncOperation|Synced=False
Current @Ready=True
InProgress

*.cnrm.cloud.google.com/*
InProgress status.observedGeneration status.observedGeneration~=metadata.generation
Current kind=ConfigConnector|ConfigConnectorContext status.healthy=true
Failed kind=ConfigConnector|ConfigConnectorContext status.healthy=false
* Current @*=True:UpToDate
* Failed @*:UpdateFailed|DependencyNotFound
* Suspended @*:DependencyNotReady
InProgress
`
