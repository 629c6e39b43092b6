"""What kubectl and Kubernetes' own controllers write. Data, pure."""

from services.planning.tools.rows import Place, Row, Tell, Tool, Unless

_REFERENCE = "https://kubernetes.io/docs/reference/labels-annotations-taints/"
_KUBECTL = Tool(name="kubectl", source="https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/")
_CONTROLLERS = Tool(name="Kubernetes", source=_REFERENCE)
_FINALIZERS = Tool(
    name="Kubernetes and others", source="https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/"
)
_BINDING = "binding state: a stale one makes the claim Lost"
_GENERATED = "generated from the source's uid"
_BY_CONTROLLER = "written by a workload controller"
_HASHES = ("pod-template-hash", "controller-revision-hash", "pod-template-generation")
_OF_JOBS = ("controller-uid", "batch.kubernetes.io/controller-uid", "job-name", "batch.kubernetes.io/job-name")

ROWS: tuple[Row, ...] = (
    *_KUBECTL.rows(
        Place.ANNOTATION,
        "a full copy of the source's manifest, Secret values included",
        "kubectl.kubernetes.io/last-applied-configuration",
    ),
    *_KUBECTL.rows(
        Place.TEMPLATE_ANNOTATION, "marks a restart; causes a needless rollout", "kubectl.kubernetes.io/restartedAt"
    ),
    *_KUBECTL.rows(Place.ANNOTATION, "belongs to the source's history", "kubernetes.io/change-cause"),
    *_CONTROLLERS.rows(
        Place.ANNOTATION,
        "written by the Deployment controller",
        "deployment.kubernetes.io/revision",
        "deployment.kubernetes.io/revision-history",
        "deployment.kubernetes.io/desired-replicas",
        "deployment.kubernetes.io/max-replicas",
    ),
    *_CONTROLLERS.rows(
        Place.ANNOTATION,
        "written by controllers of former versions",
        "deprecated.daemonset.template.generation",
        "deprecated.deployment.rollback.rollbackTo",
    ),
    *_CONTROLLERS.rows(Place.ANNOTATION, "written by a controller", "endpoints.kubernetes.io/last-change-trigger-time"),
    *_CONTROLLERS.rows(
        Place.ANNOTATION,
        "status of an autoscaler in its v1 view",
        "autoscaling.alpha.kubernetes.io/conditions",
        "autoscaling.alpha.kubernetes.io/current-metrics",
    ),
    *_CONTROLLERS.rows(
        Place.ANNOTATION,
        "written by the Job controllers",
        "batch.kubernetes.io/job-tracking",
        "batch.kubernetes.io/cronjob-scheduled-timestamp",
    ),
    *_CONTROLLERS.rows(Place.ANNOTATION, _BINDING, "pv.kubernetes.io/*", "volume.kubernetes.io/*"),
    *_CONTROLLERS.rows(Place.ANNOTATION, _BINDING, "volume.beta.kubernetes.io/storage-provisioner"),
    *_CONTROLLERS.rows(Place.ANNOTATION, "bound to the source's uid", "kubernetes.io/service-account.uid"),
    *_CONTROLLERS.rows(
        Place.LABEL,
        _BY_CONTROLLER,
        *_HASHES,
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
    ),
    *_CONTROLLERS.rows(Place.LABEL, _GENERATED, "controller-uid", "batch.kubernetes.io/controller-uid"),
    *_CONTROLLERS.rows(Place.LABEL, _GENERATED, "job-name", "batch.kubernetes.io/job-name", kinds=("Job.batch",)),
    *_CONTROLLERS.rows(Place.LABEL, "set by the server", "kubernetes.io/metadata.name", kinds=("Namespace",)),
    *_CONTROLLERS.rows(Place.TEMPLATE_LABEL, _BY_CONTROLLER, *_HASHES, unless=Unless.SELECTED),
    *_CONTROLLERS.rows(
        Place.TEMPLATE_LABEL,
        _GENERATED,
        *_OF_JOBS,
        kinds=("Job.batch", "CronJob.batch"),  # on other kinds a person wrote it, and the selector may name it
        unless=Unless.MANUAL_SELECTOR,
    ),
    *_CONTROLLERS.rows(
        Place.SELECTOR,
        "a hash of the source's pods: in the target it selects none",
        "pod-template-hash",
        "controller-revision-hash",
        tell=Tell.HASH,
    ),
    *_FINALIZERS.rows(Place.FINALIZER, "without the controller that clears it the copy could never be deleted", "*"),
)
