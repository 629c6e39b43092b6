"""Reads objects of one cluster as a request wants them: whole, as a table's rows, or their metadata alone."""

import orjson

from sandbox import older, tables
from sandbox.answers import Answer, Request
from sandbox.bodies import options_invalid
from sandbox.cluster import Cluster
from sandbox.kinds.findings import invalid
from sandbox.listing import check_options, list_page
from sandbox.resources import Resource
from sandbox.selectors import Matches, compile_selectors
from sandbox.store import Entry, Object
from sandbox.watching import Render


class Reader:
    """Answers gets and lists, and renders what watches send."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def _served(self, resource: Resource, entry: Entry) -> Object:
        return older.served(resource, entry.object)

    def get(self, request: Request, resource: Resource) -> Answer:
        target = request.target
        entry = self._cluster.writer.existing(resource, target.namespace, target.name)
        obj = self._served(resource, entry)
        match request.wanted.form:
            case "Table":
                return self._table(request, resource, [entry.object], {"resourceVersion": str(entry.version)})
            case "PartialObjectMetadata":
                return Answer(value=tables.partial(obj))
            case _ if obj is entry.object:
                return Answer(raw=entry.raw)
            case _:
                return Answer(value=obj)

    def _table(self, request: Request, resource: Resource, objects: list[Object], metadata: Object) -> Answer:
        """Rows are made of objects as they are kept: versions share their columns."""
        include = request.query.get("includeObject") or "Metadata"
        if include not in {"Metadata", "None", "Object"}:
            cause = invalid("includeObject", include, "must be 'Metadata', 'Object', 'None', or empty")
            raise options_invalid("TableOptions", cause)
        definition = self._cluster.definitions.of(resource)
        now = self._cluster.clock.now()
        return Answer(value=tables.table(definition, objects, now, metadata=metadata, include=include))

    def selector(self, request: Request, resource: Resource) -> Matches:
        query = request.query
        fields = query.get("fieldSelector", "")
        if request.target.name:  # a watch of one object, in the old form of its address
            fields = f"metadata.name={request.target.name}" + (f",{fields}" if fields else "")
        return compile_selectors(resource, query.get("labelSelector", ""), fields)

    def page(self, request: Request, resource: Resource) -> Answer:
        check_options(request.query, watch=False)
        matches = self.selector(request, resource)
        namespace = request.target.namespace or None
        page = list_page(self._cluster.store, resource, namespace, matches, request.query)
        metadata: Object = {"resourceVersion": str(page.version)}
        if page.continue_token:
            metadata["continue"] = page.continue_token
        if page.remaining:
            metadata["remainingItemCount"] = page.remaining
        head: Object = {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": metadata}
        match request.wanted.form:
            case "Table":
                return self._table(request, resource, [e.object for e in page.entries], metadata)
            case "PartialObjectMetadata" | "PartialObjectMetadataList":
                head |= {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1"}
                return Answer(value=head | {"items": [tables.partial(e.object) for e in page.entries]})
            case _ if resource.custom or older.conversion_of(resource):
                return Answer(value=head | {"items": [self._served(resource, e) for e in page.entries]})
            case _:
                return Answer(value=head | {"items": [orjson.Fragment(e.item) for e in page.entries]})

    def renderer(self, request: Request, resource: Resource) -> Render:
        """What makes of an entry what a watch sends."""
        match request.wanted.form:
            case "Table":
                return lambda e: self._table(request, resource, [e.object], {"resourceVersion": str(e.version)}).value
            case "PartialObjectMetadata" | "PartialObjectMetadataList":
                return lambda e: tables.partial(e.object)
            case _ if resource.custom or older.conversion_of(resource):
                return lambda e: self._served(resource, e)
            case _:
                return lambda e: orjson.Fragment(e.raw)
