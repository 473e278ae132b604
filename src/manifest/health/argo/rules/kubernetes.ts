/** Kinds of Kubernetes itself. Argo CD knows them in one API version each, and takes others for an error. */
export const kubernetes: string = `
/Pod
Unknown !apiVersion=v1
Failed spec.restartPolicy=Always status.containerStatuses[].state.waiting.reason=Err*|*Error|*BackOff
Failed metadata.annotations["argocd.argoproj.io/ignore-restart-policy"]=true !metadata.annotations["argocd.argoproj.io/hook"] !metadata.annotations["helm.sh/hook"] status.containerStatuses[].state.waiting.reason=Err*|*Error|*BackOff
InProgress status.phase=Pending
Current status.phase=Succeeded
Failed status.phase=Failed
Unknown !status.phase=Running
Current spec.restartPolicy=Always @Ready=True
Current metadata.annotations["argocd.argoproj.io/ignore-restart-policy"]=true !metadata.annotations["argocd.argoproj.io/hook"] !metadata.annotations["helm.sh/hook"] @Ready=True
Failed spec.restartPolicy=Always status.containerStatuses[lastState.terminated]
Failed metadata.annotations["argocd.argoproj.io/ignore-restart-policy"]=true !metadata.annotations["argocd.argoproj.io/hook"] !metadata.annotations["helm.sh/hook"] status.containerStatuses[lastState.terminated]
InProgress spec.restartPolicy=Always|OnFailure|Never
Unknown

/Service
Unknown !apiVersion=v1
Current !spec.type=LoadBalancer
Current status.loadBalancer.ingress[]
InProgress

/PersistentVolumeClaim
Unknown !apiVersion=v1
Current status.phase=Bound
InProgress status.phase=Pending
Failed status.phase=Lost
Unknown

networking.k8s.io/Ingress extensions/Ingress
Current status.loadBalancer.ingress[]
InProgress

apps/Deployment
Unknown !apiVersion=apps/v1
Suspended spec.paused
InProgress metadata.generation?0>status.observedGeneration?0
Failed @Progressing:ProgressDeadlineExceeded
InProgress status.updatedReplicas?0<spec.replicas
InProgress status.replicas?0>status.updatedReplicas?0
InProgress status.availableReplicas?0<status.updatedReplicas?0
Current

apps/ReplicaSet
Unknown !apiVersion=apps/v1
InProgress metadata.generation?0>status.observedGeneration?0
Failed @ReplicaFailure=True
InProgress status.availableReplicas?0<spec.replicas
Current

apps/StatefulSet
Unknown !apiVersion=apps/v1
InProgress status.observedGeneration?0==0
InProgress metadata.generation?0>status.observedGeneration?0
InProgress status.readyReplicas?0<spec.replicas
InProgress spec.updateStrategy.type=RollingUpdate status.updatedReplicas?0<spec.replicas-spec.updateStrategy.rollingUpdate.partition
Current spec.updateStrategy.type=RollingUpdate spec.updateStrategy.rollingUpdate
Current spec.updateStrategy.type=OnDelete
InProgress status.updateRevision~=status.currentRevision
Current

apps/DaemonSet
Unknown !apiVersion=apps/v1
InProgress metadata.generation?0>status.observedGeneration?0
Current spec.updateStrategy.type=OnDelete
InProgress status.updatedNumberScheduled?0<status.desiredNumberScheduled?0
InProgress status.numberAvailable?0<status.desiredNumberScheduled?0
Current

batch/Job
Unknown !apiVersion=batch/v1
Failed @Failed
Suspended @Suspended=True
Current @Complete
Current @Suspended
InProgress

batch/CronJob
Current spec.suspend=true
Current status.lastScheduleTime !status.lastSuccessfulTime
Current status.lastScheduleTime status.active[]
Failed status.lastScheduleTime status.lastSuccessfulTime<status.lastScheduleTime
Current status
InProgress

autoscaling/HorizontalPodAutoscaler
Unknown !apiVersion=autoscaling/v1|autoscaling/v2
Failed @AbleToScale:FailedGetScale|FailedUpdateScale
Failed @ScalingActive:FailedGetResourceMetric|FailedGetObjectMetric|FailedGetPodsMetric|FailedGetExternalMetric
Failed @ScalingActive:FailedComputeMetricsReplicas|InvalidSelector
Current @AbleToScale|ScalingLimited=True
InProgress

policy/PodDisruptionBudget
* Failed @*=False:!InsufficientPods
Current status.conditions[]
InProgress

apiregistration.k8s.io/APIService
Unknown !apiVersion=apiregistration.k8s.io/v1|apiregistration.k8s.io/v1beta1
* Current @Available=True
* InProgress @Available
InProgress

apiextensions.k8s.io/CustomResourceDefinition
InProgress !status.conditions[]
* InProgress @Terminating=True
* Failed @NamesAccepted=False
* Failed @NonStructuralSchema=True
* InProgress @Established=False|Unknown:Installing
Failed !@Established=True
Current

snapshot.storage.k8s.io/VolumeSnapshot snapshot.storage.k8s.io/VolumeSnapshotContent
Current status.readyToUse
Failed status.error
InProgress
`
