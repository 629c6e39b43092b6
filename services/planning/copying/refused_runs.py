"""Runs: objects that are an act and no state. Creating one does it again, so a copy asks for consent.

Data and conditions, pure. A run is known by its kind, or by its shape: most APIs name a run `…Run` or `…Execution`, or
write when it started and when it ended into its status.
"""

from collections.abc import Mapping
from functools import lru_cache

from domain.resources import Manifest
from services.planning.copying.consents import Consent
from services.planning.copying.refusal_rule import RefusalRule, Shape
from services.planning.objects.built_in import is_built_in
from services.planning.objects.identity import kind_name

_RUNS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    # tool: (source, kinds)
    "Tekton": (
        "https://tekton.dev/docs/pipelines/pipelineruns/",
        ("PipelineRun.tekton.dev", "TaskRun.tekton.dev", "CustomRun.tekton.dev", "Run.tekton.dev"),
    ),
    "Argo Workflows": (
        "https://argo-workflows.readthedocs.io/en/latest/fields/",
        ("Workflow.argoproj.io", "WorkflowTaskSet.argoproj.io", "WorkflowTaskResult.argoproj.io"),
    ),
    "Argo Rollouts": (
        "https://argo-rollouts.readthedocs.io/en/stable/features/analysis/",
        ("AnalysisRun.argoproj.io", "Experiment.argoproj.io"),
    ),
    "OpenShift builds": (
        "https://docs.redhat.com/en/documentation/openshift_container_platform",
        ("Build.build.openshift.io",),
    ),
    "Shipwright": ("https://shipwright.io/docs/build/buildrun/", ("BuildRun.shipwright.io",)),
    "kpack": ("https://github.com/buildpacks-community/kpack/blob/main/docs/build.md", ("Build.kpack.io",)),
    "Volcano": ("https://volcano.sh/en/docs/vcjob/", ("Job.batch.volcano.sh",)),
    "JobSet": ("https://jobset.sigs.k8s.io/docs/concepts/", ("JobSet.jobset.x-k8s.io",)),
    "Kueue": (
        "https://kueue.sigs.k8s.io/docs/concepts/workload/",
        ("Workload.kueue.x-k8s.io", "AppWrapper.workload.codeflare.dev"),
    ),
    "Kubeflow": (
        "https://www.kubeflow.org/docs/components/trainer/",
        (
            "TrainJob.trainer.kubeflow.org",
            "PyTorchJob.kubeflow.org",
            "TFJob.kubeflow.org",
            "MPIJob.kubeflow.org",
            "XGBoostJob.kubeflow.org",
            "PaddleJob.kubeflow.org",
            "JAXJob.kubeflow.org",
            "Experiment.kubeflow.org",
            "Suggestion.kubeflow.org",
            "Trial.kubeflow.org",
        ),
    ),
    "Ray": (
        "https://docs.ray.io/en/latest/cluster/kubernetes/getting-started/rayjob-quick-start.html",
        ("RayJob.ray.io",),
    ),
    "Spark": (
        "https://www.kubeflow.org/docs/components/spark-operator/user-guide/using-sparkapplication/",
        ("SparkApplication.sparkoperator.k8s.io", "SparkApplication.spark.apache.org"),
    ),
    "Flink": (
        "https://nightlies.apache.org/flink/flink-kubernetes-operator-docs-main/docs/custom-resource/overview/",
        ("FlinkSessionJob.flink.apache.org", "FlinkStateSnapshot.flink.apache.org"),
    ),
    "k6": ("https://grafana.com/docs/k6/latest/set-up/set-up-distributed-k6/", ("TestRun.k6.io", "K6.k6.io")),
    "Testkube": (
        "https://docs.testkube.io/articles/crds",
        ("TestWorkflowExecution.testworkflows.testkube.io", "TestExecution.tests.testkube.io"),
    ),
    "Velero": (
        "https://velero.io/docs/main/api-types/",
        (
            "Backup.velero.io",
            "Restore.velero.io",
            "DeleteBackupRequest.velero.io",
            "DownloadRequest.velero.io",
            "ServerStatusRequest.velero.io",
            "PodVolumeBackup.velero.io",
            "PodVolumeRestore.velero.io",
            "DataUpload.velero.io",
            "DataDownload.velero.io",
        ),
    ),
    "K8up": (
        "https://docs.k8up.io/k8up/references/api-reference.html",
        ("Backup.k8up.io", "Restore.k8up.io", "Archive.k8up.io", "Check.k8up.io", "Prune.k8up.io"),
    ),
    "Kanister": ("https://docs.kanister.io/architecture.html#actionsets", ("ActionSet.cr.kanister.io",)),
    "Stash": (
        "https://stash.run/docs/latest/concepts/crds/",
        ("BackupSession.stash.appscode.com", "RestoreSession.stash.appscode.com"),
    ),
    "database operators": (
        "https://cloudnative-pg.io/documentation/current/backup/",
        (
            "Backup.postgresql.cnpg.io",
            "PerconaServerMongoDBBackup.psmdb.percona.com",
            "PerconaServerMongoDBRestore.psmdb.percona.com",
            "PerconaXtraDBClusterBackup.pxc.percona.com",
            "PerconaXtraDBClusterRestore.pxc.percona.com",
            "PerconaPGBackup.pgv2.percona.com",
            "PerconaPGRestore.pgv2.percona.com",
            "Backup.k8s.mariadb.com",
            "Restore.k8s.mariadb.com",
            "OpsRequest.ops.kubedb.com",
        ),
    ),
    "volume snapshots": (
        "https://kubernetes.io/docs/concepts/storage/volume-snapshots/",
        ("VolumeSnapshot.snapshot.storage.k8s.io", "VolumeGroupSnapshot.groupsnapshot.storage.k8s.io"),
    ),
    "KubeVirt": (
        "https://kubevirt.io/user-guide/compute/live_migration/",
        (
            "VirtualMachineInstanceMigration.kubevirt.io",
            "VirtualMachineSnapshot.snapshot.kubevirt.io",
            "VirtualMachineRestore.snapshot.kubevirt.io",
            "VirtualMachineExport.export.kubevirt.io",
        ),
    ),
    "Chaos Mesh": (
        "https://chaos-mesh.org/docs/define-chaos-experiment-scope/",
        tuple(
            f"{kind}.chaos-mesh.org"
            for kind in (
                "PodChaos",
                "NetworkChaos",
                "IOChaos",
                "StressChaos",
                "TimeChaos",
                "DNSChaos",
                "HTTPChaos",
                "JVMChaos",
                "KernelChaos",
                "BlockChaos",
                "AWSChaos",
                "GCPChaos",
                "AzureChaos",
                "Workflow",
                "WorkflowNode",
            )
        ),
    ),
    "Kargo": (
        "https://docs.kargo.io/user-guide/reference-docs/promotions",
        ("Promotion.kargo.akuity.io",),
    ),
    "Strimzi": (
        "https://strimzi.io/docs/operators/latest/deploying#con-optimization-proposals-str",
        ("KafkaRebalance.kafka.strimzi.io",),
    ),
    "LitmusChaos": (
        "https://docs.litmuschaos.io/docs/concepts/chaos-engine",
        ("ChaosEngine.litmuschaos.io", "ChaosResult.litmuschaos.io"),
    ),
}

# The words by which statuses say when a run began and ended.
_BEGAN = frozenset({"startTime", "startedAt", "startTimestamp", "startedTime", "started", "startedOn"})
_ENDED = frozenset(
    {"completionTime", "completedAt", "completionTimestamp", "finishedAt", "finishTime", "finishedTime", "endTime"}
    | {"endedAt", "stoppedAt", "stopTime", "terminationTime", "finished", "completedOn"}
)
# Kinds that end in one of these are an act in every operator that has been seen, unless the word before says that they
# are acts by a schedule (KEDA's ScaledJob, Longhorn's RecurringJob, CloudNativePG's ScheduledBackup).
_RUN_NAMES = ("Run", "Execution", "Job", "Backup", "Restore")
_AGAIN = ("Cron", "Scheduled", "Scaled", "Recurring", "Periodic")


def _finished(manifest: Manifest) -> bool:
    conditions = manifest.status.get("conditions") or ()
    ended = {c.get("type") for c in conditions if isinstance(c, dict) and c.get("status") == "True"}
    return bool(manifest.status.get("completionTime")) or bool(ended & {"Complete", "Failed"})


def _has_ended(pod: Manifest) -> bool:
    return pod.status.get("phase") in {"Succeeded", "Failed"}


def _runs_once(manifest: Manifest) -> bool:
    """Whether it is a Job, or a bare pod that ends: a pod is restarted for ever unless it says otherwise."""
    kind = kind_name(manifest.kind)
    return kind == "Job.batch" or (kind == "Pod" and manifest.spec.get("restartPolicy", "Always") != "Always")


def _has_the_shape_of_a_run(manifest: Manifest) -> bool:
    """Of a custom resource: its kind is called a run, job, backup or restore, or its status has a start and an end.

    A `lastRun…` of a schedule lies deeper or under another name, so an object that runs again and again is none.
    """
    if is_built_in(manifest.kind):
        return False
    named = manifest.kind.name.endswith(_RUN_NAMES) and not manifest.kind.name.startswith(_AGAIN)
    return named or bool(_BEGAN & {*manifest.status} and _ENDED & {*manifest.status})


RULES_ON_RUNS: tuple[RefusalRule, ...] = (
    RefusalRule(
        id="finished-job",
        tool="Kubernetes",
        source="https://kubernetes.io/docs/concepts/workloads/controllers/job/",
        kinds=("Job.batch",),
        when=_finished,
        condition="it has finished",
        reason="It has finished; a copy of it runs again.",
        consent=Consent.FINISHED_JOBS,
    ),
    RefusalRule(
        id="finished-pod",
        tool="Kubernetes",
        source="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase",
        kinds=("Pod",),
        when=_has_ended,
        condition="its phase is Succeeded or Failed",
        reason="It has finished; a copy of it runs again.",
        consent=Consent.FINISHED_JOBS,
    ),
    *(
        RefusalRule(
            id=f"run-{tool.lower().replace(' ', '-')}",
            tool=tool,
            source=source,
            kinds=kinds,
            reason="It is a single run: a copy of it runs again.",
            consent=Consent.FINISHED_JOBS,
        )
        for tool, (source, kinds) in _RUNS.items()
    ),
    RefusalRule(
        id="run",
        tool="other controllers",
        source="https://github.com/kubernetes/community/blob/main/contributors/devel/sig-architecture/api-conventions.md",
        when=_has_the_shape_of_a_run,
        condition="a custom resource called …Run, …Execution, …Job, …Backup or …Restore, or whose status has a start "
        "and an end",
        reason="It is a single run, by its kind or its status: a copy of it runs again.",
        consent=Consent.FINISHED_JOBS,
    ),
)


def is_run(manifest: Manifest) -> bool:
    """Whether creating the object does something once: a Job, a pod that ends, or a run of a custom resource."""
    return _runs_once(manifest) or any(rule.holds(manifest) for rule in _rules_about(Shape.of(manifest)))


@lru_cache(maxsize=4096)
def _rules_about(shape: Shape) -> tuple[RefusalRule, ...]:
    return tuple(rule for rule in RULES_ON_RUNS if rule.concerns(shape))
