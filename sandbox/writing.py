"""Every write to a cluster: create, replace, patch. The one way in for HTTP requests and for controllers.

The order is that of a real server: decode the body, default it, record ownership, admit, prepare, validate, check
quotas, store. A dry run does all but the last. Nothing here knows users, rights or HTTP.
"""

import random
import uuid
from dataclasses import dataclass
from typing import Any

from sandbox import addresses, admission, apply, bodies, definitions, lifecycle, limits, patching, quota
from sandbox.bodies import FieldValidation, WriteOptions
from sandbox.clock import Clock, rfc3339
from sandbox.definitions import Definition, Definitions
from sandbox.errors import Cause, StatusError, already_exists, modified, not_found
from sandbox.kinds.findings import invalid
from sandbox.kinds.meta import validate_metadata
from sandbox.patching import Patch, PatchType
from sandbox.resources import Resource, invalid_object
from sandbox.store import Entry, Key, Object, Store, thaw

_NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


@dataclass(frozen=True, kw_only=True)
class Written:
    """The result of a write. `entry` is None for a dry run."""

    object: Object
    entry: Entry | None
    created: bool = False
    warnings: tuple[str, ...] = ()


class Writer:
    """Writes to one cluster's store by the rules of its kinds."""

    def __init__(self, store: Store, kinds: Definitions, clock: Clock) -> None:
        self._store = store
        self._kinds = kinds
        self._clock = clock

    # Create -------------------------------------------------------------------------------------------------

    def create(self, resource: Resource, namespace: str, body: Any, options: WriteOptions) -> Written:
        """Raises `StatusError`: 400, 403, 404 (namespace), 409, 422."""
        kind = self._kinds.of(resource)
        obj, warnings = bodies.read(kind, body, options)
        metadata = obj.setdefault("metadata", {})
        bodies.settle_namespace(resource, metadata, namespace)
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = metadata["generateName"] + generated_suffix()
        return self._create(kind, obj, options, warnings)

    def _create(self, kind: Definition, obj: Object, options: WriteOptions, warnings: tuple[str, ...]) -> Written:
        kind.rules.default(obj)
        manager = _manager(kind, options, "Update")
        owned = apply.update(
            kind.schema,
            None,
            obj,
            manager,
            empty=kind.empty,
            now=self._clock.now(),
            ignored=_ignored(kind, ""),
        )
        return self._insert(kind, _unshared_metadata(owned), options, warnings)

    def _insert(self, kind: Definition, obj: Object, options: WriteOptions, warnings: tuple[str, ...]) -> Written:
        """Store a new object; `obj` must be unshared."""
        resource, metadata = kind.resource, obj["metadata"]
        name, namespace = metadata.get("name", ""), metadata.get("namespace", "")
        if resource.namespaced:
            admission.check_namespace(self._store, resource, namespace, name)
        if options.guard:
            options.guard(obj, None)
        version_sent = metadata.get("resourceVersion")
        lifecycle.begin(metadata)
        metadata |= {"uid": str(uuid.uuid4()), "creationTimestamp": rfc3339(self._clock.now())}
        if kind.rules.generation:
            metadata["generation"] = 1
        if kind.has_status:
            obj.pop("status", None)
            if kind.rules.status is not None:
                obj["status"] = thaw(kind.rules.status)
        limits.set_defaults(self._store, resource, obj)
        kind.rules.prepare(obj)
        causes = [*_findings(kind, obj), *kind.rules.validate_new(obj)]
        causes = causes or self._claim_addresses(resource, obj, None)
        _refuse(kind, name, causes)
        if (resource.group, resource.plural) == ("", "pods"):
            admission.admit_pod(self._store, resource, obj)
        limits.check(self._store, resource, obj)
        quota.check_quota(self._store, resource, obj, None)
        key = _key(resource, namespace, name)
        if version_sent and not options.dry_run:  # only the storage minds it, which a dry run never reaches
            raise StatusError(500, "", "resourceVersion should not be set on objects to be created")
        if self._store.get(key):
            raise already_exists(resource.plural, name, group=resource.group)
        if options.dry_run:
            return Written(object=obj, entry=None, created=True, warnings=warnings)
        entry = self._store.put(key, obj)
        if (resource.group, resource.plural) == definitions.DEFINITIONS:
            self._kinds.follow(None, obj)
            self._store.put(key, definitions.established(obj, self._clock.now()))
        return Written(object=obj, entry=entry, created=True, warnings=warnings)

    def _claim_addresses(self, resource: Resource, obj: Object, old: Object | None) -> list[Cause]:
        if (resource.group, resource.plural) == ("", "services"):
            return addresses.allocate(self._store, obj, old)
        return []

    # Change -------------------------------------------------------------------------------------------------

    def replace(self, resource: Resource, namespace: str, name: str, body: Any, options: WriteOptions) -> Written:
        """Of some kinds it creates what is not there. Raises `StatusError`: 400, 403, 404, 409, 422."""
        kind = self._kinds.of(resource)
        obj, warnings = bodies.read(kind, body, options)
        metadata = obj.setdefault("metadata", {})
        bodies.check_name(metadata, name)
        bodies.settle_namespace(resource, metadata, namespace)
        if self.creates_by_replacing(resource, namespace, name) and not options.subresource:
            return self._create(kind, obj, options, warnings)
        entry = self.existing(resource, namespace, name)
        if kind.rules.replaced_by_version and not metadata.get("resourceVersion") and not options.subresource:
            cause = invalid("metadata.resourceVersion", 0, "must be specified for an update")
            raise invalid_object(resource, name, [cause], kind=resource.plural)
        bodies.check_uid(resource, name, metadata, entry.object)
        return self._change(kind, entry, obj, options, warnings)

    def creates_by_replacing(self, resource: Resource, namespace: str, name: str) -> bool:
        """Whether a replacement would create: its kind allows it, and nothing is there."""
        rules = self._kinds.of(resource).rules
        return rules.created_by_replacing and self._store.get(_key(resource, namespace, name)) is None

    def patch(self, resource: Resource, namespace: str, name: str, patch: Patch, options: WriteOptions) -> Written:
        """Raises `StatusError`: 400, 403, 404, 409, 415, 422; 500 for an apply that does not fit its schema."""
        kind = self._kinds.of(resource)
        body = patch.body
        if patch.type is PatchType.APPLY:
            return self._apply(kind, namespace, name, body, options)
        entry = self.existing(resource, namespace, name)
        current = self._as_served(kind, entry.object)
        obj, warnings = patching.patched(kind, current, patch, options)
        metadata = obj.setdefault("metadata", {})
        bodies.settle_namespace(resource, metadata, namespace)
        bodies.check_name(metadata, name)
        return self._change(kind, entry, obj, options, warnings)

    def existing(self, resource: Resource, namespace: str, name: str) -> Entry:
        """Raises `StatusError` 404."""
        entry = self._store.get(_key(resource, namespace, name))
        if entry is None:
            raise not_found(resource.plural, name, group=resource.group)
        return entry

    def _as_served(self, kind: Definition, obj: Object) -> Object:
        """The object in the version that was asked for."""
        version = kind.resource.api_version
        return obj if obj["apiVersion"] == version else obj | {"apiVersion": version}

    def _apply(self, kind: Definition, namespace: str, name: str, body: Any, options: WriteOptions) -> Written:
        resource = kind.resource
        config = bodies.applied_config(kind, namespace, name, body)
        entry = self._store.get(_key(resource, namespace, name))
        live = self._as_served(kind, entry.object) if entry else None
        if options.subresource and live is None:
            raise not_found(resource.plural, name, group=resource.group)
        metadata = config.get("metadata") or {}
        if live is None:
            bodies.check_name(metadata, name)
        if live is None:
            bodies.check_uid(resource, name, metadata, None)
            if metadata.get("resourceVersion"):
                raise modified(resource.plural, name, group=resource.group)
        else:
            bodies.check_version(resource, name, metadata, live)
        config = config | {"metadata": metadata | {"name": name}}
        if resource.namespaced:
            config["metadata"]["namespace"] = namespace
        for server_owned in ("resourceVersion", "creationTimestamp"):
            config["metadata"].pop(server_owned, None)
        merged = apply.apply(
            kind.schema,
            live,
            config,
            _manager(kind, options, "Apply"),
            empty=kind.empty,
            force=options.force,
            now=self._clock.now(),
            ignored=_ignored(kind, options.subresource),
        )
        lenient = WriteOptions(manager=options.manager, field_validation=FieldValidation.IGNORE)
        obj, _ = bodies.read(kind, merged, lenient)
        kind.rules.default(obj)
        if entry is None or live is None:
            return self._insert(kind, obj, options, ())
        return self._store_change(kind, entry, obj, options, ())

    def _change(
        self, kind: Definition, entry: Entry, obj: Object, options: WriteOptions, warnings: tuple[str, ...]
    ) -> Written:
        """Store a replacement or the result of a patch; `obj` must be unshared."""
        live = self._as_served(kind, entry.object)
        bodies.check_version(kind.resource, entry.key.name, obj["metadata"], live)
        if options.subresource == "status":
            metadata = dict(live["metadata"])
            # Of the metadata a status writer may change the annotations: the Deployment controller keeps its
            # revision there, and must not raise the generation by it.
            lifecycle.put(metadata, "annotations", obj["metadata"].get("annotations"))
            obj = live | {"metadata": metadata, "status": obj.get("status") or {}}
        else:
            kind.rules.default(obj)
            kind.rules.carry_over(obj, live)
            if options.subresource == "finalize":
                obj = live | {"metadata": dict(live["metadata"]), "spec": obj.get("spec") or {}}
        owned = apply.update(
            kind.schema,
            live,
            obj,
            _manager(kind, options, "Update"),
            empty=kind.empty,
            now=self._clock.now(),
            ignored=_ignored(kind, options.subresource),
        )
        return self._store_change(kind, entry, _unshared_metadata(owned), options, warnings)

    def _store_change(
        self, kind: Definition, entry: Entry, obj: Object, options: WriteOptions, warnings: tuple[str, ...]
    ) -> Written:
        resource, live, rules = kind.resource, self._as_served(kind, entry.object), kind.rules
        if options.guard:
            options.guard(obj, live)
        if options.subresource not in {"status", "finalize"}:
            if options.subresource == "":
                rules.carry_over(obj, live)
            if kind.has_status:
                lifecycle.put(obj, "status", live.get("status"))
        causes = list(lifecycle.other_uid(obj["metadata"], live["metadata"]))
        lifecycle.keep_identity(obj["metadata"], live["metadata"], entry)
        if rules.generation and options.subresource != "status" and lifecycle.counts(kind, obj, live):
            obj["metadata"]["generation"] = live["metadata"].get("generation", 0) + 1
        if options.subresource != "status":
            causes += [*_findings(kind, obj), *lifecycle.finalizers_added(obj, live), *rules.forbid(obj, live)]
            causes = causes or self._claim_addresses(resource, obj, live)
            _refuse(kind, entry.key.name, causes)
            admission.check_resize(self._store, resource, obj, live)
            quota.check_quota(self._store, resource, obj, live)
        else:
            _refuse(kind, entry.key.name, [*causes, *rules.validate_status(obj)])
        if obj == live or apply.same_but_for_times(obj, live):
            return Written(object=live, entry=None if options.dry_run else entry, warnings=warnings)
        if options.dry_run:
            return Written(object=obj, entry=None, warnings=warnings)
        if lifecycle.is_free_to_go(obj):
            gone = self.remove(entry.key)
            return Written(object=obj, entry=gone, warnings=warnings)
        stored = self._store.put(entry.key, obj)
        if (resource.group, resource.plural) == definitions.DEFINITIONS and options.subresource != "status":
            self._kinds.follow(live, obj)
        return Written(object=obj, entry=stored, warnings=warnings)

    def remove(self, key: Key) -> Entry:
        """Take an object out, with what cannot be without it."""
        entry = self._store.remove(key)
        if (key.group, key.resource) == definitions.DEFINITIONS:
            self._kinds.follow(entry.object, None)
            definitions.remove_instances(self._store, entry.object)
        return entry


# Parts of a write -----------------------------------------------------------------------------------------------


def generated_suffix() -> str:
    """Five letters that make no words."""
    return "".join(random.choices(_NAME_LETTERS, k=5))  # noqa: S311 - no secret


def _key(resource: Resource, namespace: str, name: str) -> Key:
    return Key(resource.group, resource.plural, namespace if resource.namespaced else "", name)


def _manager(kind: Definition, options: WriteOptions, operation: str) -> apply.Manager:
    return apply.Manager(
        name=options.manager,
        operation=operation,
        api_version=kind.resource.api_version,
        subresource=options.subresource,
    )


def _ignored(kind: Definition, subresource: str) -> tuple[tuple[str, ...], ...]:
    """Where an endpoint takes nothing from a body, so that its writers own nothing there."""
    match subresource:
        case "status":
            return (("f:spec",), *(("f:metadata", part) for part in ("f:labels", "f:finalizers", "f:ownerReferences")))
        case "scale":
            return (("f:metadata",), ("f:status",))
        case _:
            return (("f:status",),) if kind.has_status else ()


def _unshared_metadata(obj: Object) -> Object:
    obj["metadata"] = dict(obj["metadata"])
    return obj


def _findings(kind: Definition, obj: Object) -> list[Cause]:
    rules = kind.rules
    found = list(validate_metadata(obj, name=rules.name, resource=kind.resource))
    return found + list(rules.validate(obj))


def _refuse(kind: Definition, name: str, causes: list[Cause]) -> None:
    if causes:
        raise invalid_object(kind.resource, name, causes)
