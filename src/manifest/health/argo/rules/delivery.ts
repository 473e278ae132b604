/** Argo's own kinds, Flux, Numaflow, and what else delivers or runs software. */
export const delivery: string = `
argoproj.io/Workflow
InProgress !status.phase
InProgress status.phase=Pending|Running|
Current status.phase=Succeeded
Failed status.phase=Failed|Error
Unknown

argoproj.io/Rollout
InProgress !status
InProgress status.observedGeneration<metadata.generation
InProgress spec.workloadRef metadata.annotations metadata.annotations["rollout.argoproj.io/workload-generation"]~=status.workloadObservedGeneration
Suspended status.phase=Paused
Current status.phase=Healthy
Failed status.phase=Degraded
InProgress status.phase=Progressing
Unknown status.phase
* Failed @InvalidSpec
* Failed @Progressing:RolloutAborted|ProgressDeadlineExceeded
Suspended status.pauseConditions[]
Suspended spec.paused
InProgress !status.currentPodHash
InProgress status.updatedReplicas?0<spec.replicas?1
InProgress status.availableReplicas?0<status.updatedReplicas?0
InProgress spec.strategy.blueGreen status.blueGreen.activeSelector~=status.currentPodHash
InProgress spec.strategy.blueGreen status.stableRS=?* status.stableRS~=status.currentPodHash
InProgress spec.strategy.blueGreen !status.stableRS status.canary.stableRS=?* status.canary.stableRS~=status.currentPodHash
Current spec.strategy.blueGreen
InProgress spec.strategy.canary status.replicas?0>status.updatedReplicas?0
InProgress spec.strategy.canary status.stableRS?status.canary.stableRS~=status.currentPodHash
Current

argoproj.io/AnalysisRun
InProgress !status
InProgress status.phase=Pending|Running
Current status.phase=Successful
Failed status.phase=Failed|Error
Unknown

argoproj.io/Experiment
InProgress !status
InProgress status.phase=Pending|Running
Current status.phase=Successful
Failed status.phase=Failed|Error
Unknown

argoproj.io/ApplicationSet
Failed @ErrorOccurred=True
Failed @ResourcesUpToDate=False
InProgress @RolloutProgressing=True
Current @ResourcesUpToDate=True
InProgress

argoproj.io/CronWorkflow
* Failed @SpecError|SubmissionError=True
* Current @Completed=True
Current

argoproj.io/EventBus
* Failed @Deployed=False
* Current @Deployed=True
InProgress

helm.toolkit.fluxcd.io/HelmRelease
Suspended spec.suspend=true
InProgress !status.conditions
InProgress 2#@Ready=Unknown,@Reconciling=True
Current 2#@Ready|Released|TestSuccess=True
Failed

kustomize.toolkit.fluxcd.io/Kustomization image.toolkit.fluxcd.io/ImageUpdateAutomation
Suspended spec.suspend=true
InProgress !status.conditions
InProgress 2#@Ready=Unknown,@Reconciling=True
Current 1#@Ready=True
Failed

image.toolkit.fluxcd.io/ImagePolicy
InProgress !status.conditions
InProgress 2#@Ready=False,@Reconciling=True:NewGeneration|AccessingRepository|ApplyingPolicy
Current 1#@Ready=True
Failed

image.toolkit.fluxcd.io/ImageRepository
Suspended spec.suspend=true
InProgress !status.conditions
InProgress 2#@Ready=False,@Reconciling=True:NewGeneration|Scanning
Current 1#@Ready=True
Failed

notification.toolkit.fluxcd.io/Receiver
Suspended spec.suspend=true
InProgress !status.conditions
Failed 2#@Ready=False,@Reconciling=True
Current 1#@Ready=True
Failed

source.toolkit.fluxcd.io/HelmRepository
Suspended spec.suspend=true
Current spec.type=oci
InProgress !status.conditions
InProgress 2#@Ready=Unknown,@Reconciling=True
Current 2#@Ready|ArtifactInStorage=True
Failed

source.toolkit.fluxcd.io/Bucket source.toolkit.fluxcd.io/GitRepository source.toolkit.fluxcd.io/HelmChart source.toolkit.fluxcd.io/OCIRepository
Suspended spec.suspend=true
InProgress !status.conditions
InProgress 2#@Ready=Unknown,@Reconciling=True
Current 2#@Ready|ArtifactInStorage=True
Failed

flagger.app/Canary
Unknown !status
Failed status.phase=Failed
InProgress status.phase=Progressing|Finalising|Promoting
Current status.phase=Succeeded|Initialized
Unknown

apps.kruise.io/AdvancedCronJob
Suspended !status.lastScheduleTime spec.paused=true
InProgress status.active[]
Failed !status.lastScheduleTime
Current

apps.kruise.io/BroadcastJob
InProgress !status
Current status.desired==status.succeeded status.phase=completed
Failed status.failed~=0 status.phase=failed
Suspended status.phase=paused spec.paused=true
InProgress

apps.kruise.io/CloneSet
InProgress !status
InProgress metadata.generation~=status.observedGeneration
Suspended spec.updateStrategy.paused=true
Suspended !status.updatedAvailableReplicas
Suspended spec.updateStrategy.partition~=0 metadata.generation>1 status.updatedReplicas>=status.expectedUpdatedReplicas
InProgress spec.updateStrategy.partition~=0 metadata.generation>1
Current status.updatedAvailableReplicas==status.replicas
Failed

apps.kruise.io/StatefulSet
InProgress !status
InProgress metadata.generation~=status.observedGeneration
Suspended spec.updateStrategy.rollingUpdate.paused=true
Suspended !status.updatedAvailableReplicas
Suspended spec.updateStrategy.rollingUpdate.partition~=0 metadata.generation>1 status.updatedReplicas>status.replicas-spec.updateStrategy.rollingUpdate.partition
InProgress spec.updateStrategy.rollingUpdate.partition~=0 metadata.generation>1
Current status.updatedAvailableReplicas==status.replicas
Failed

apps.kruise.io/DaemonSet
InProgress !status
InProgress metadata.generation~=status.observedGeneration
Suspended spec.updateStrategy.rollingUpdate.paused=true
Suspended !status.updatedNumberScheduled
Suspended spec.updateStrategy.rollingUpdate.partition?0~=0 metadata.generation>1 status.updatedNumberScheduled>status.desiredNumberScheduled-spec.updateStrategy.rollingUpdate.partition
InProgress spec.updateStrategy.rollingUpdate.partition?0~=0 metadata.generation>1
Current status.updatedNumberScheduled==status.desiredNumberScheduled status.numberAvailable==status.desiredNumberScheduled
Failed status.updatedNumberScheduled==status.desiredNumberScheduled status.numberUnavailable==status.desiredNumberScheduled
InProgress

rollouts.kruise.io/Rollout
InProgress metadata.generation~=status.observedGeneration
InProgress status.canaryStatus.currentStepState=StepUpgrade status.phase=Progressing
Suspended status.canaryStatus.currentStepState=StepPaused status.phase=Progressing
Current status.canaryStatus.currentStepState=Completed status.phase=Healthy
Failed status.canaryStatus.currentStepState=StepPaused status.phase=Terminating|Disabled
InProgress

game.kruise.io/GameServer
Unknown !status
InProgress status.currentState~=status.desiredState
Failed status.podStatus.conditions[type=KruisePodReady,!status=True]
Current status.currentState=Ready
Unknown

game.kruise.io/GameServerSet
InProgress !status
InProgress metadata.generation~=status.observedGeneration
Suspended spec.updateStrategy.rollingUpdate.paused=true
Suspended spec.updateStrategy.rollingUpdate.partition?0~=0 status.updatedReplicas?0>=status.replicas?0-spec.updateStrategy.rollingUpdate.partition
Current status.updatedReadyReplicas?0==status.replicas?0
InProgress

apps.openshift.io/DeploymentConfig
InProgress !status.conditions
InProgress !status.replicas
Current status.replicas=0
Current 2#@Available=True,@Progressing=True:NewReplicationControllerAvailable
InProgress 1#@Available=True,@Progressing=True:NewReplicationControllerAvailable
Failed

spot.io/SpotDeployment
Unknown !status.conditions
* Failed @InvalidSpec
* Failed @Progressing:RolloutAborted|ProgressDeadlineExceeded
* Suspended @Paused=True
InProgress status.phase=Progressing
Current

promoter.argoproj.io/ArgoCDCommitStatus
InProgress !@Ready
InProgress status.conditions[type=Ready,observedGeneration,^metadata.generation,observedGeneration~=^metadata.generation]
Failed @Ready=False
Failed !status.applicationsSelected[]
Current

promoter.argoproj.io/ChangeTransferPolicy
InProgress !@Ready
InProgress status.conditions[type=Ready,observedGeneration,^metadata.generation,observedGeneration~=^metadata.generation]
Failed @Ready=False
InProgress !status.active.dry.sha=?*
InProgress !status.proposed.dry.sha=?*
InProgress status.proposed.dry.sha~=status.active.dry.sha
Current

promoter.argoproj.io/PromotionStrategy
InProgress !@Ready
InProgress status.conditions[type=Ready,observedGeneration,^metadata.generation,observedGeneration~=^metadata.generation]
Failed @Ready=False
Failed !status.environments[]
InProgress status.environments[!active.dry.sha=?*]
InProgress status.environments[!proposed.note.drySha=?*,!proposed.dry.sha=?*]
InProgress status.environments[proposed.note.drySha?proposed.dry.sha~=^status.environments.0.proposed.note.drySha?^status.environments.0.proposed.dry.sha]
InProgress status.environments[proposed.dry.sha~=active.dry.sha]
Current

promoter.argoproj.io/CommitStatus promoter.argoproj.io/PullRequest
InProgress !@Ready|Reconciled
InProgress status.conditions[type=Ready|Reconciled,observedGeneration,^metadata.generation,observedGeneration~=^metadata.generation]
Failed @Ready|Reconciled=False
Current

promoter.argoproj.io/GitRepository promoter.argoproj.io/ScmProvider promoter.argoproj.io/ClusterScmProvider
InProgress !@Ready
InProgress status.conditions[type=Ready,observedGeneration,^metadata.generation,observedGeneration~=^metadata.generation]
Failed @Ready=False
InProgress @Ready=Unknown
Current

promoter.argoproj.io/GitCommitStatus promoter.argoproj.io/TimedCommitStatus promoter.argoproj.io/WebRequestCommitStatus
InProgress !@Ready
InProgress status.conditions[type=Ready,observedGeneration,^metadata.generation,observedGeneration~=^metadata.generation]
Failed @Ready=False
InProgress @Ready=Unknown
Failed status.environments[phase=failure]
InProgress status.environments[!phase=success]
Current

lifecycle.keptn.sh/KeptnAppVersion lifecycle.keptn.sh/KeptnTask lifecycle.keptn.sh/KeptnWorkloadInstance lifecycle.keptn.sh/KeptnWorkloadVersion
Current status.status=Succeeded
Failed status.status=Failed
InProgress

lifecycle.keptn.sh/KeptnEvaluation
Current status.overallStatus=Succeeded
Failed status.overallStatus=Failed
InProgress

metrics.keptn.sh/Analysis
Current status.pass=true
Current status.warning=true
Failed status.pass=false
InProgress

metrics.keptn.sh/KeptnMetric
Failed status.errMsg=?*
Current status.value
InProgress

tower.ansible.com/AnsibleJob
Current status.ansibleJobResult.status=successful
Failed status.ansibleJobResult.status=failed|error|canceled
InProgress

numaflow.numaproj.io/InterStepBufferService
InProgress metadata.generation~=status.observedGeneration
Failed @*=False
Failed status.phase=Failed
Failed metadata.labels["numaplane.numaproj.io/progressive-result-state"]=failed
Current status.phase=Running
InProgress

numaflow.numaproj.io/MonoVertex
InProgress metadata.generation~=status.observedGeneration
Failed @*=False
Failed status.phase=Failed
Failed metadata.labels["numaplane.numaproj.io/progressive-result-state"]=failed
Current status.phase=Running|Paused
InProgress

numaflow.numaproj.io/Pipeline
InProgress metadata.generation~=status.observedGeneration
Failed @*=False
Failed status.phase=Failed
Failed metadata.labels["numaplane.numaproj.io/progressive-result-state"]=failed
Current status.phase=Running|Paused|Pausing
InProgress

numaflow.numaproj.io/Vertex
InProgress metadata.generation~=status.observedGeneration
Failed @*=False
Failed status.phase=Failed
Current status.phase=Running|Paused
InProgress

numaplane.numaproj.io/ISBServiceRollout
InProgress !status
InProgress metadata.generation~=status.observedGeneration
InProgress status.upgradeInProgress=?* !@ProgressiveUpgradeSucceeded=False
InProgress status.phase=Pending !@ProgressiveUpgradeSucceeded=False
InProgress @ChildResourcesHealthy=False:Progressing
Failed status.phase=Failed
Failed @ChildResourcesHealthy=False:ISBSvcFailed
Failed @ProgressiveUpgradeSucceeded=False
Current @ChildResourcesHealthy=True
Unknown

numaplane.numaproj.io/MonoVertexRollout
InProgress !status
InProgress metadata.generation~=status.observedGeneration
InProgress status.upgradeInProgress=?* !@ProgressiveUpgradeSucceeded=False
InProgress status.phase=Pending !@ProgressiveUpgradeSucceeded=False
InProgress @ChildResourcesHealthy=False:Progressing
Failed status.phase=Failed
Failed @ChildResourcesHealthy=False:MonoVertexFailed
Failed @ProgressiveUpgradeSucceeded=False
Current @MonoVertexPausingOrPaused=True
Current @ChildResourcesHealthy=True
Unknown

numaplane.numaproj.io/PipelineRollout
InProgress !status
InProgress metadata.generation~=status.observedGeneration
InProgress status.upgradeInProgress=?* !@ProgressiveUpgradeSucceeded=False
InProgress status.phase=Pending !@ProgressiveUpgradeSucceeded=False
InProgress @ChildResourcesHealthy=False:Progressing
Failed status.phase=Failed
Failed @ChildResourcesHealthy=False:PipelineFailed
Failed @ProgressiveUpgradeSucceeded=False
Current @PipelinePausingOrPaused=True
Current @ChildResourcesHealthy=True
Unknown

numaplane.numaproj.io/NumaflowControllerRollout
InProgress !status
InProgress metadata.generation~=status.observedGeneration
InProgress status.upgradeInProgress=?*
InProgress status.phase=Pending
InProgress @ChildResourcesHealthy=False:Progressing
Failed status.phase=Failed
Failed @ChildResourcesHealthy=False
Current @ChildResourcesHealthy=True
Unknown
`
