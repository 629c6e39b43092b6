"""What was read on one cluster of the objects of an app environment: keys of ConfigMaps and Secrets, and which fields
are not as Stagecoach wrote them.

Pure values. They hold no value of a key; rows beside them hold keyed fingerprints, which only comparisons read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.divergences import FoundField
from domain.resources import Kind, ResourceId

CONFIG_MAP = Kind(group="", version="v1", name="ConfigMap")
SECRET = Kind(group="", version="v1", name="Secret")
CONFIGURATION = (CONFIG_MAP, SECRET)

ConfigurationName = tuple[str, str]
"""Kind and name, as `("ConfigMap", "web-settings")`."""


@dataclass(frozen=True, kw_only=True)
class ConfigurationReading:
    """One cluster's ConfigMaps and Secrets of an app environment, by kind and name, with the keys that each has.

    `differing` are objects that are not as Stagecoach wrote them, of any kind.

    `read_at` is when they were read at the latest as far as is told: readings that find nothing new are not. `absent`
    are the objects that were looked for and are not on the cluster. Nothing is known of those of a kind in `unread`:
    the credential may not read it. `release` is the number of the release with which all objects were compared.
    """

    read_at: datetime = field(compare=False)
    keys: Mapping[ConfigurationName, frozenset[str]] = field(default_factory=dict)
    absent: frozenset[ConfigurationName] = frozenset()
    unread: frozenset[str] = frozenset()
    differing: Mapping[ResourceId, tuple[FoundField, ...]] = field(default_factory=dict)
    release: int = 0

    def keys_of(self, kind: str, name: str) -> frozenset[str] | None:
        """The keys of an object; None where it is not there, or not known."""
        return self.keys.get((kind, name))

    def lacks(self, kind: str, name: str) -> bool:
        """Whether the object is known not to be there."""
        return (kind, name) in self.absent
