"""HelmReleases: their Helm release is upgraded whenever its chart or its values change.

As fluxcd/helm-controller internal/reconcile/atomic_release.go: a release with other values or another chart than its
newest revision is upgraded, and its objects are waited for; while they are, a newer spec is not looked at. What others
changed in the cluster stays until then, unless `driftDetection.mode` is `enabled`. Values are merged as
docs/spec/v2/helmreleases.md says: `valuesFrom` in order, `values` over them, and what has a `targetPath` over all.
The objects are applied with server-side apply, forced, with Helm's marks and those of the HelmRelease
(internal/postrender/origin_labels.go), which its post-renderer puts into the record as well.
"""

from typing import Any

import yaml

from sandbox import health
from sandbox.charts import merged, rendered, set_value
from sandbox.controllers.world import Topic, World
from sandbox.durations import seconds
from sandbox.errors import StatusError
from sandbox.flux import helm_records
from sandbox.flux.definitions import HELM
from sandbox.flux.reconciling import NotReadyError, is_at_work, report, source_files
from sandbox.git_folders import manifests
from sandbox.store import Object, thaw

MANAGER = "helm-controller"
_LOOK_EVERY = 0.2


def reconcile(world: World, release: Object) -> None:
    """Bring one Helm release to what its HelmRelease says."""
    if not is_at_work(world, release):
        return
    world.requeue_after(release, seconds(release["spec"].get("interval"), 600.0))
    newest = helm_records.newest(world, _name(release), _storage(release))
    if newest is not None and newest["info"]["status"].startswith("pending"):
        _wait(world, release, newest)
        return
    try:
        wanted = _revision(world, release, int(newest["version"]) + 1 if newest else 1)
    except (NotReadyError, yaml.YAMLError) as error:
        reason = error.reason if isinstance(error, NotReadyError) else "ValuesError"
        report(world, release, ready="False", reason=reason, message=str(error))
        return
    if newest is not None and _is_same(newest, wanted):
        if (release["spec"].get("driftDetection") or {}).get("mode") == "enabled":
            _apply(world, release, newest)
        _report(world, release, newest)
        return
    _begin(world, release, wanted)


def _begin(world: World, release: Object, wanted: dict[str, Any]) -> None:
    helm_records.write(world, wanted, manager=MANAGER)
    message = f"Running 'upgrade' action with timeout of {release['spec'].get('timeout', '5m0s')}"
    report(world, release, ready="Unknown", reason="Progressing", message=message)
    try:
        _apply(world, release, wanted)
    except StatusError as error:
        _end(world, release, wanted, "failed", str(error.message))
    else:
        world.requeue_after(release, _LOOK_EVERY)


def _wait(world: World, release: Object, pending: dict[str, Any]) -> None:
    """Until its objects are healthy, or for as long as its time limit says."""
    found = [_live(world, release, each) for each in yaml.safe_load_all(pending["manifest"])]
    state = health.worst(map(health.health_of, found))
    waited = world.elapsed(release, "revision", str(pending["version"]))
    if state == "Healthy":
        _end(world, release, pending, "deployed", "Upgrade complete")
    elif state == "Degraded" or waited > seconds(release["spec"].get("timeout"), 300.0):
        _end(world, release, pending, "failed", "context deadline exceeded")
    else:
        world.requeue_after(release, _LOOK_EVERY)


def _end(world: World, release: Object, revision: dict[str, Any], status: str, description: str) -> None:
    ended = {**revision, "info": {**revision["info"], "status": status, "description": description}}
    helm_records.write(world, ended, manager=MANAGER)
    _report(world, release, ended, begun=True)
    world.requeue_after(release, 0.0)  # what has changed meanwhile is looked at now


def _report(world: World, release: Object, revision: dict[str, Any], *, begun: bool = False) -> None:
    status, what = revision["info"]["status"], f"{_storage(release)}/{_name(release)}.v{revision['version']}"
    history = [{key: revision[key] for key in ("name", "namespace", "version")} | {"status": status}]
    more = {"history": history, "storageNamespace": _storage(release)}
    if status == "deployed":
        message = f"Helm upgrade succeeded for release {what} with chart shop@1.0.0"
        report(world, release, ready="True", reason="UpgradeSucceeded", message=message, begun=begun, **more)
    else:
        message = f"Helm upgrade failed for release {what}: {revision['info']['description']}"
        report(world, release, ready="False", reason="UpgradeFailed", message=message, begun=begun, **more)


def _is_same(newest: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(newest[key] == wanted[key] for key in ("config", "chart"))


# The revision ---------------------------------------------------------------------------------------------------


def _revision(world: World, release: Object, number: int) -> dict[str, Any]:
    """What an upgrade would make. Raises `NotReadyError` and `yaml.YAMLError`."""
    chart = release["spec"]["chart"]["spec"]
    files = source_files(world, release, chart["sourceRef"], chart["chart"])
    own: dict[str, Any] = yaml.safe_load(files.get("values.yaml", "")) or {}
    metadata: dict[str, Any] = yaml.safe_load(files["Chart.yaml"])
    config = _values(world, release)
    templates = {name: text for name, text in files.items() if name not in {"Chart.yaml", "values.yaml"}}
    made = manifests({name: rendered(text, merged(own, config)) for name, text in templates.items()})
    now = world.now().isoformat()
    status = "pending-install" if number == 1 else "pending-upgrade"
    return {
        "name": _name(release),
        "namespace": _storage(release),
        "version": number,
        "info": {"status": status, "first_deployed": now, "last_deployed": now, "description": ""},
        "config": config,
        "chart": helm_records.chart_of(files, metadata, own),
        "manifest": yaml.safe_dump_all([_marked(release, each) for each in made]),
        "hooks": [],
    }


def _values(world: World, release: Object) -> dict[str, Any]:
    namespace = release["metadata"]["namespace"]
    values: dict[str, Any] = {}
    over: list[tuple[str, str]] = []
    for reference in release["spec"].get("valuesFrom") or ():
        plural = f"{reference['kind'].lower()}s"
        world.wait_for(release, Topic(plural, namespace, reference["name"]))
        text = _referred(world, reference, plural, namespace)
        if text is None:
            continue
        if reference.get("targetPath"):
            over.append((reference["targetPath"], text))
        else:
            values = merged(values, yaml.safe_load(text) or {})
    values = merged(values, thaw(release["spec"].get("values") or {}))
    for path, text in over:
        set_value(values, path, text)
    return values


def _referred(world: World, reference: Object, plural: str, namespace: str) -> str | None:
    """Raises `NotReadyError`. Of Secrets nothing is read."""
    found = world.get(plural, reference["name"], namespace)
    if found is None:
        if reference.get("optional"):
            return None
        raise NotReadyError("ValuesError", f"could not find {reference['kind']} '{namespace}/{reference['name']}'")
    key = reference.get("valuesKey", "values.yaml")
    if key not in (found.get("data") or {}):
        raise NotReadyError("ValuesError", f"missing key '{key}' in {reference['kind']} '{reference['name']}'")
    return str(found["data"][key])


# Objects --------------------------------------------------------------------------------------------------------


def _apply(world: World, release: Object, revision: dict[str, Any]) -> None:
    """Raises `StatusError`."""
    for each in yaml.safe_load_all(revision["manifest"]):
        world.apply(_helms(release, each), manager=MANAGER, server_side=True)


def _marked(release: Object, manifest: Object) -> Object:
    """As `NewOriginLabels` marks what is rendered."""
    body, metadata = thaw(manifest), release["metadata"]
    marks = {f"{HELM}/name": metadata["name"], f"{HELM}/namespace": metadata["namespace"]}
    body.setdefault("metadata", {})["labels"] = {**(body["metadata"].get("labels") or {}), **marks}
    return body


def _helms(release: Object, manifest: Object) -> Object:
    """With what Helm itself adds (helm pkg/action/validate.go)."""
    body = thaw(manifest)
    own = body["metadata"]
    own.setdefault("namespace", _target(release))
    own["labels"] = {**own["labels"], "app.kubernetes.io/managed-by": "Helm"}
    marks = {"meta.helm.sh/release-name": _name(release), "meta.helm.sh/release-namespace": _target(release)}
    own["annotations"] = {**(own.get("annotations") or {}), **marks}
    return body


def _live(world: World, release: Object, manifest: Object) -> Object | None:
    resource = world.cluster.resources.of_kind(manifest["apiVersion"], manifest["kind"])
    assert resource is not None, "it was applied"
    qualified = f"{resource.plural}.{resource.group}" if resource.group else resource.plural
    namespace = manifest["metadata"].get("namespace") or _target(release)
    return world.get(qualified, manifest["metadata"]["name"], namespace)


def _name(release: Object) -> str:
    spec = release["spec"]
    prefix = f"{spec['targetNamespace']}-" if spec.get("targetNamespace") else ""
    return str(spec.get("releaseName") or f"{prefix}{release['metadata']['name']}")


def _target(release: Object) -> str:
    return str(release["spec"].get("targetNamespace") or release["metadata"]["namespace"])


def _storage(release: Object) -> str:
    return str(release["spec"].get("storageNamespace") or release["metadata"]["namespace"])
