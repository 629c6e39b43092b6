"""Rebuilds a chart from the record of a release, as the archive that Helm reads. Pure.

Nothing else has the chart that is deployed: the repository that it came from is not recorded.
"""

import base64
import binascii
import gzip
import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from typing import Any


class ChartNotRebuiltError(ValueError):
    """The record does not hold the whole chart. Says why, and quotes nothing of it."""


def chart_archive(chart: Mapping[str, Any]) -> bytes:
    """The chart as a `.tgz`. Raises `ChartNotRebuiltError`."""
    metadata = chart.get("metadata") or {}
    if metadata.get("dependencies") or chart.get("lock"):
        names = ", ".join(str(each.get("name")) for each in metadata.get("dependencies") or ())
        raise ChartNotRebuiltError(f"its chart depends on other charts ({names}), which Helm does not record")
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1, mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as archive,
    ):
        for path, content in _files(chart):
            entry = tarfile.TarInfo(f"chart/{path}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _files(chart: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    yield "Chart.yaml", json.dumps(chart.get("metadata") or {}).encode()  # JSON is YAML
    yield "values.yaml", json.dumps(chart.get("values") or {}).encode()
    if chart.get("schema"):
        yield "values.schema.json", _decoded(chart["schema"])
    written = {"Chart.yaml", "values.yaml", "values.schema.json"}
    for each in (*(chart.get("templates") or ()), *(chart.get("files") or ())):
        path = str(each.get("name", ""))
        if path not in written:
            written.add(path)
            yield path, _decoded(each.get("data"))


def _decoded(text: Any) -> bytes:
    try:
        return base64.b64decode(text or "", validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise ChartNotRebuiltError("its record holds a file of the chart that cannot be read") from None
