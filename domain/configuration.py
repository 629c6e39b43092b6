"""What is known of the ConfigMaps and Secrets of an app environment on one cluster: which keys they have.

Pure values. They hold no value of a key; rows beside them hold keyed fingerprints, which only comparisons read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.resources import Kind

CONFIG_MAP = Kind(group="", version="v1", name="ConfigMap")
SECRET = Kind(group="", version="v1", name="Secret")
CONFIGURATION = (CONFIG_MAP, SECRET)

ConfigurationName = tuple[str, str]
"""Kind and name, as `("ConfigMap", "web-settings")`."""


@dataclass(frozen=True, kw_only=True)
class ConfigurationReading:
    """One cluster's ConfigMaps and Secrets of an app environment, by kind and name, with the keys that each has.

    `read_at` is when they were read at the latest as far as is told: readings that find nothing new are not. `absent`
    are the objects that were looked for and are not on the cluster. Nothing is known of those of a kind in `unread`:
    the credential may not read it. `release` is the number of the release with which all objects were compared; None
    where one was added since.
    """

    read_at: datetime = field(compare=False)
    keys: Mapping[ConfigurationName, frozenset[str]] = field(default_factory=dict)
    absent: frozenset[ConfigurationName] = frozenset()
    unread: frozenset[str] = frozenset()
    release: int | None = None

    def keys_of(self, kind: str, name: str) -> frozenset[str] | None:
        """The keys of an object; None where it is not there, or not known."""
        return self.keys.get((kind, name))

    def lacks(self, kind: str, name: str) -> bool:
        """Whether the object is known not to be there."""
        return (kind, name) in self.absent
