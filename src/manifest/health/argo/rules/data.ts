/** Databases, queues, storage, streams, search, observability. */
export const data: string = `
acid.zalan.do/postgresql
InProgress !status.PostgresClusterStatus
Current status.PostgresClusterStatus=Running
InProgress status.PostgresClusterStatus=Creating|Updating
Failed

postgresql.cnpg.io/Cluster
Suspended metadata.annotations["cnpg.io/reconciliationLoop"]=disabled
InProgress !status.conditions
Suspended @cnpg.io/hibernation=True
Failed @cnpg.io/hibernation
Current status.phase="Cluster in healthy state"
InProgress status.phase="Setting up primary|Creating a new replica|Upgrading cluster|Waiting for the instances to become active"
InProgress status.phase="Promoting to primary cluster"
Failed status.phase="Switchover in progress|Failing over|Upgrading Postgres major version|Cluster upgrade delayed|Waiting for user action"
Failed status.phase="Primary instance is being restarted in-place|Primary instance is being restarted without a switchover"
Failed status.phase="Cluster cannot execute instance online upgrade due to missing architecture binary"
Failed status.phase="Online upgrade in progress|Applying configuration"
Suspended status.phase="Unable to create required cluster objects|Cluster has incomplete or invalid image catalog"
Suspended status.phase="Cluster cannot proceed to reconciliation due to an unknown plugin being required"
Suspended status.phase="Cluster is unrecoverable and needs manual intervention"
Unknown

k8s.mariadb.com/Backup
* Failed @*=False:CronJobScheduled status.conditions[status=False,reason=CronJobScheduled,message=Failed]
* InProgress @*=False
Current status.conditions
InProgress

k8s.mariadb.com/Database k8s.mariadb.com/Grant k8s.mariadb.com/User
* Current @Ready=True
* Failed @Ready
InProgress

k8s.mariadb.com/MariaDB mariadb.mmontes.io/MariaDB
* Failed @*=False:Failed
* InProgress @*=False
Current status.conditions
InProgress

k8s.mariadb.com/SqlJob
* Current @*=True:JobComplete
* Failed @*=True:JobFailed
InProgress

psmdb.percona.com/PerconaServerMongoDB
Current status.state=ready
InProgress status.state=initializing|stopping
Failed status.state=error
Suspended status.state=paused
Unknown

pxc.percona.com/PerconaXtraDBCluster
Current status.state=ready
InProgress status.state=initializing
Failed status.state=stopping|error
Unknown

db.atlasgo.io/AtlasMigration
InProgress !@Ready
Current @Ready=True
InProgress @Ready:Reconciling
Failed

db.atlasgo.io/AtlasSchema
InProgress !@Ready
Current @Ready=True
InProgress status.conditions[type=Ready,message=Reconciling|GettingDevDB]
Failed

cassandra.rook.io/Cluster
InProgress !status.racks
InProgress status.racks[members,readyMembers,members~=readyMembers]
Current

clickhouse-keeper.altinity.com/ClickHouseKeeperInstallation clickhouse.altinity.com/ClickHouseInstallation
InProgress !status.status
Current status.status=Completed
InProgress status.status=InProgress
Failed

kafka.strimzi.io/Kafka
* Failed @NotReady=True:!Creating
* Current @Ready=True
InProgress

kafka.strimzi.io/KafkaBridge kafka.strimzi.io/KafkaConnect kafka.strimzi.io/KafkaConnector kafka.strimzi.io/KafkaTopic kafka.strimzi.io/KafkaUser
* Failed @NotReady=True
* Current @Ready=True
InProgress

kafka.banzaicloud.io/KafkaCluster
InProgress status.state=ClusterRollingUpgrading
InProgress !status.brokersState
Failed status.brokersState[!configurationState=ConfigInSync]
Failed status.brokersState[!gracefulActionState.cruiseControlState=GracefulUpscaleSucceeded|GracefulDownscaleSucceeded]
Current status.cruiseControlTopicStatus=CruiseControlTopicReady status.state=ClusterRunning
InProgress

platform.confluent.io/Connect platform.confluent.io/ControlCenter platform.confluent.io/Kafka platform.confluent.io/KsqlDB
platform.confluent.io/SchemaRegistry platform.confluent.io/Zookeeper
Current status.phase=RUNNING
InProgress

platform.confluent.io/Connector
Current status.state=CREATED status.connectorState=RUNNING !status.failedTasksCount
Failed status.state=ERROR
Failed status.failedTasksCount>0
InProgress

rabbitmq.com/Binding rabbitmq.com/Exchange rabbitmq.com/Permission rabbitmq.com/Policy rabbitmq.com/Queue
rabbitmq.com/Shovel rabbitmq.com/User rabbitmq.com/Vhost
* Current @Ready=True:SuccessfulCreateOrUpdate
* Failed @Ready=False:FailedCreateOrUpdate
Unknown

rabbitmq.com/RabbitmqCluster
Failed @ReconcileSuccess=False
InProgress @ClusterAvailable|AllReplicasReady=Unknown|False
Current @ClusterAvailable=True @AllReplicasReady=True
InProgress

zookeeper.pravega.io/ZookeeperCluster
Current status status.readyReplicas~=0 status.readyReplicas==status.replicas
InProgress

flink.apache.org/FlinkDeployment
Current status.reconciliationStatus.success
Current status.reconciliationStatus.state=DEPLOYED
InProgress status.reconciliationStatus status.jobManagerDeploymentStatus=DEPLOYED_NOT_READY|DEPLOYING
Failed status.reconciliationStatus status.jobManagerDeploymentStatus=ERROR
Current spec.job.state=suspended !status.reconciliationStatus.lastReconciledSpec
InProgress

sparkoperator.k8s.io/SparkApplication
Current status.applicationState.state=COMPLETED
Failed status.applicationState.state=FAILED|SUBMISSION_FAILED|FAILING
NotFound status.applicationState.state=INVALIDATING
InProgress !status.applicationState.state=RUNNING
InProgress !status.executorState
Current spec.executor.instances #status.executorState[=RUNNING]==spec.executor.instances
InProgress spec.executor.instances !spec.dynamicAllocation !spec.sparkConf
Current spec.dynamicAllocation.enabled #status.executorState[=RUNNING]>=spec.dynamicAllocation.minExecutors?0 #status.executorState[=RUNNING]<=spec.dynamicAllocation.maxExecutors?1000000000
InProgress spec.dynamicAllocation.enabled
Current spec.sparkConf["spark.streaming.dynamicAllocation.enabled"]=true #status.executorState[=RUNNING]>=spec.sparkConf["spark.streaming.dynamicAllocation.minExecutors"]?0 #status.executorState[=RUNNING]<=spec.sparkConf["spark.streaming.dynamicAllocation.maxExecutors"]?1000000000
InProgress spec.sparkConf["spark.streaming.dynamicAllocation.enabled"]=true
Current spec.sparkConf["spark.dynamicAllocation.enabled"]=true #status.executorState[=RUNNING]>=spec.sparkConf["spark.dynamicAllocation.minExecutors"]?0 #status.executorState[=RUNNING]<=spec.sparkConf["spark.dynamicAllocation.maxExecutors"]?1000000000
InProgress spec.sparkConf["spark.dynamicAllocation.enabled"]=true
Current !spec.dynamicAllocation !spec.executor.instances #status.executorState[=RUNNING]>=1
InProgress

ceph.rook.io/CephCluster
Failed status.ceph.health=HEALTH_ERR|HEALTH_WARN
InProgress !status.ceph.health=HEALTH_OK
Current !status.state
Current status.state=Created|Connected
Failed status.state=Error
InProgress

ceph.rook.io/CephObjectStore
Current status.phase=Ready
Failed status.phase=Failure
InProgress

objectbucket.io/ObjectBucketClaim
Current status.phase=Bound
Failed status.phase=Failed
InProgress

ocs.openshift.io/StorageCluster
Failed @Degraded=True
InProgress @Progressing=True
Current @Available=True
Unknown

minio.min.io/Tenant
Current status.currentState=Initialized
Failed status.currentState="Statefulset not controlled by operator|Another MinIO Tenant already exists in the namespace"
Failed status.currentState="Tenant credentials are not set properly|Different versions across MinIO Pools|Pool Decommissioning Not Allowed"
InProgress

trident.netapp.io/TridentBackendConfig
Current status.phase=Bound status.lastOperationStatus=Success
Failed status.lastOperationStatus=Failed
InProgress

trident.netapp.io/TridentOrchestrator
Current status.status=Installed
Failed status.status=Failed|Error
InProgress

astra.netapp.io/AppVault
Current status.state=available|Available
Failed status.state=failed|Failed
InProgress

astra.netapp.io/Application
* Current @Ready=True
* Failed @Ready=False
InProgress

astra.netapp.io/Backup astra.netapp.io/ExecHooksRun astra.netapp.io/ResourceBackup astra.netapp.io/ResticVolumeBackup astra.netapp.io/Snapshot
InProgress !status.state
Current status.state=Completed
InProgress status.state=Running
Failed

astra.netapp.io/ExecHook
Current spec.enabled=true
Suspended spec.enabled=false
InProgress

astra.netapp.io/Schedule
Current

beat.k8s.elastic.co/Beat
Failed status.health=red
Current status.health=green
InProgress status.health=yellow
InProgress !status.health status.expectedNodes
Unknown

elasticsearch.k8s.elastic.co/Elasticsearch
InProgress status.availableNodes<+spec.nodeSets[].count
Unknown status.availableNodes~=+spec.nodeSets[].count
Unknown !status.health
Current status.phase=Ready status.health=green
InProgress status.phase=Ready status.health=yellow
Failed status.phase=Ready status.health=red
InProgress status.phase=ApplyingChanges|MigratingData
Failed status.phase=Invalid
Unknown

logstash.k8s.elastic.co/Logstash
Current status.health=green
Failed status.health=red
InProgress

solr.apache.org/SolrCloud
InProgress !status.solrNodes
InProgress status.solrNodes[!ready]
Current

core.humio.com/HumioAction core.humio.com/HumioAlert core.humio.com/HumioIngestToken core.humio.com/HumioParser core.humio.com/HumioRepository
core.humio.com/HumioView
Current status.state=Exists
NotFound status.state=NotFound
Failed status.state=ConfigError
Unknown status.state=Unknown
InProgress

core.humio.com/HumioCluster
Current status.state=Running
Failed status.state=ConfigError
Unknown status.state=Unknown
InProgress

coralogix.com/Alert coralogix.com/RecordingRuleGroupSet
* Current @RemoteSynced=True
* Failed @RemoteSynced=False
InProgress

datadoghq.com/DatadogMetric
Failed @Error=True
Failed @Valid=False
Current

grafana.integreatly.org/Grafana
Failed status.stageStatus=failed
Current status.stage=complete status.stageStatus=success
InProgress

grafana.integreatly.org/GrafanaDashboard
Failed @*=False
Current @*=True
InProgress

grafana.integreatly.org/GrafanaDatasource
InProgress !status
InProgress status.uid=
Failed status.NoMatchingInstances
Current

grafana.integreatly.org/GrafanaFolder
Failed @FolderUIDMismatch=True
Failed status.conditions[status=False,!type=FolderUIDMismatch]
Current @*=True
InProgress

grafana-org-operator.kubitus-project.gitlab.io/*
* Failed @Ready=False
* Current @Ready=True
* InProgress @Ready
InProgress

jaegertracing.io/Jaeger
Current status.phase=Running
Failed status.phase=Failed
InProgress

monitoring.coreos.com/Prometheus
Current @Available=True
InProgress @Available:SomePodsNotReady
Failed @Available
InProgress

operator.victoriametrics.com/*
InProgress metadata.generation status.observedGeneration status.observedGeneration~=metadata.generation
Current status.updateStatus=operational
Suspended status.updateStatus=paused
Failed status.updateStatus=failed
InProgress

camel.apache.org/Integration
* Failed @Ready=False
* Current @Ready=True
InProgress

k8s.keycloak.org/Keycloak
Current @Ready=True
Failed @HasErrors=True
InProgress
`
