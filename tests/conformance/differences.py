"""Where an answer differs from the recorded one: what counts, and what does not (times, uids, addresses).

A status, a Status's reason, kind, name and causes; the fields that the request's own body set; labels, annotations
and the (manager, operation) pairs of an object; the names of a list and whether it goes on; the events of a watch;
whether resourceVersions stayed or moved. And, beyond a real server's test of itself, every field that the recorded
server added by itself: its defaults.
"""

from dataclasses import dataclass, field
from typing import Any

RECORDER = "Python-urllib"


@dataclass
class Versions:
    """Which resourceVersion of the tape was which of ours: each stands for one."""

    known: dict[str, str] = field(default_factory=dict)

    def difference(self, wanted: str, got: str) -> str | None:
        if self.known.setdefault(wanted, got) != got:
            return f"resourceVersion: {wanted} was {self.known[wanted]}, now {got}"
        others = [w for w, g in self.known.items() if g == got and w != wanted]
        return f"resourceVersion: {got} was {others[0]} already, not {wanted}" if others else None


def differences(step: dict[str, Any], status: int, got: Any, versions: Versions) -> list[str]:
    """Everything in which an answer differs from the one on the tape."""
    response = step["response"]
    body = response["body"]
    if status != response["status"]:
        return [f"status: want {response['status']}, got {status} {str(got)[:300]}"]
    if isinstance(body, list):
        return _compare("events", _events(body), _events(got))
    if not isinstance(body, dict) or not isinstance(got, dict):
        return _compare("body", body, got)
    found = _compare("kind", body.get("kind"), got.get("kind"))
    if body.get("kind") == "Status":
        found += _status_differences(body, got)
    elif "items" in body:
        found += _list_differences(body, got)
    elif body.get("kind") == "APIResourceList":
        found += _served_differences(body, got)
    elif "metadata" in body:
        found += _object_differences(step["request"].get("body"), body, got, versions)
    return found


def _compare(what: str, want: Any, got: Any) -> list[str]:
    return [] if want == got else [f"{what}: want {want}, got {got}"]


def _events(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(e["type"], e["object"]["metadata"]["name"]) for e in events if e["type"] != "BOOKMARK"]


def _status_differences(want: dict[str, Any], got: dict[str, Any]) -> list[str]:
    def causes(status: dict[str, Any]) -> list[tuple[str, str]]:
        listed = (status.get("details") or {}).get("causes", [])
        return sorted({(c.get("reason", ""), c.get("field", "")) for c in listed})

    found = _compare("reason", want.get("reason"), got.get("reason"))
    for part in ("kind", "name", "group"):
        pair = ((s.get("details") or {}).get(part) for s in (want, got))
        found += _compare(f"details.{part}", *pair)
    return found + _compare("causes", causes(want), causes(got))


def _list_differences(want: dict[str, Any], got: dict[str, Any]) -> list[str]:
    names = ([i["metadata"]["name"] for i in o.get("items") or []] for o in (want, got))
    more = (bool(o["metadata"].get("continue")) for o in (want, got))
    return _compare("items", *names) + _compare("continue", *more)


def _served_differences(want: dict[str, Any], got: dict[str, Any]) -> list[str]:
    """Of the resources that both serve: how they are described."""
    ours = {r["name"]: r for r in got["resources"]}
    return [
        line
        for resource in want["resources"]
        if resource["name"] in ours
        for part in ("kind", "namespaced", "verbs", "shortNames", "singularName")
        for line in _compare(
            f"{resource['name']}.{part}", _sorted(resource.get(part)), _sorted(ours[resource["name"]].get(part))
        )
    ]


def _sorted(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _managers(obj: dict[str, Any]) -> list[tuple[str, str]]:
    entries = obj["metadata"].get("managedFields", [])
    return sorted(
        (m["manager"], m["operation"]) for m in entries if m.get("subresource") != "status" and m["manager"] != RECORDER
    )


def _owned(obj: dict[str, Any]) -> dict[tuple[str, str], Any]:
    return {(m["manager"], m["operation"]): m["fieldsV1"] for m in obj["metadata"].get("managedFields", [])}


def _object_differences(sent: Any, want: dict[str, Any], got: dict[str, Any], versions: Versions) -> list[str]:
    found: list[str] = []
    if isinstance(sent, dict):
        own = {k: v for k, v in sent.items() if k not in {"metadata", "stringData"}}
        found += _of_sent(own, want, got, "")
    for part in ("labels", "annotations"):
        found += _compare(part, want["metadata"].get(part) or {}, got["metadata"].get(part) or {})
    found += _compare("managers", _managers(want), _managers(got))
    if _managers(want):
        found += _compare("managedFields", _owned(want), _owned(got))
    found += _absent(want, got, "")
    if "resourceVersion" in want["metadata"] and "resourceVersion" in got["metadata"]:
        moved = versions.difference(want["metadata"]["resourceVersion"], got["metadata"]["resourceVersion"])
        found += [moved] if moved else []
    return found


def _of_sent(sent: Any, want: Any, got: Any, path: str) -> list[str]:
    """Fields of the request whose recorded values are not ours."""
    if isinstance(sent, dict) and isinstance(want, dict):
        if not isinstance(got, dict):
            return [f"{path}: want an object, got {got!r}"]
        names = [k for k in sent if k in want or k in got]
        return [d for k in names for d in _of_sent(sent[k], want.get(k), got.get(k), f"{path}.{k}")]
    if isinstance(sent, list) and isinstance(want, list) and all(isinstance(x, dict) for x in sent + want):
        if not isinstance(got, list) or len(want) != len(got):
            return [f"{path}: want {len(want)} items, got {got!r}"]
        return [
            d
            for i, wanted in enumerate(want)
            for d in _of_sent(sent[i] if i < len(sent) else wanted, wanted, got[i], f"{path}[{i}]")
        ]
    return [] if want == got or str(want).startswith("<") else [f"{path}: want {want!r}, got {got!r}"]


def _absent(want: Any, got: Any, path: str) -> list[str]:
    """Recorded fields that ours lacks, or has otherwise."""
    if isinstance(want, dict) and isinstance(got, dict):
        names = [k for k in want if k not in {"managedFields", "resourceVersion"}]
        return [
            d
            for k in names
            for d in (
                [f"{path}.{k}: absent, want {want[k]!r}"] if k not in got else _absent(want[k], got[k], f"{path}.{k}")
            )
        ]
    if isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        return [d for i, wanted in enumerate(want) for d in _absent(wanted, got[i], f"{path}[{i}]")]
    return [] if want == got or str(want).startswith("<") else [f"{path}: want {want!r}, got {got!r}"]
