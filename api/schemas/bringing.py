"""Keys that a change of images brings first, in the contract."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, model_validator

from api.schemas.base import Input, Output
from api.schemas.copying import DataKey, ObjectName, SecretValue
from domain.secret_text import SecretText
from domain.stored.brought import BroughtKeys, each_once


class BringInput(Input):
    """Keys of one ConfigMap or Secret that each cluster gets before its images; the object's other keys stay."""

    kind: Literal["ConfigMap", "Secret"]
    name: ObjectName
    keys: list[DataKey] = Field(
        default_factory=list,
        max_length=2000,
        description="Copied from the source environment unless `values` has them.",
    )
    values: dict[DataKey, SecretValue] = Field(
        default_factory=dict, description="Values to write instead of the source's. A deploy has no source."
    )

    @model_validator(mode="after")
    def _something(self) -> "BringInput":
        if not self.keys and not self.values:
            raise ValueError("name at least one key")
        return self

    def to_brought(self) -> BroughtKeys:
        return BroughtKeys(
            kind=self.kind,
            name=self.name,
            keys=tuple(dict.fromkeys((*self.keys, *self.values))),
            typed=tuple(self.values),
            values={key: SecretText(value.get_secret_value()) for key, value in self.values.items()},
        )


RestartReaders = Annotated[
    bool,
    Field(
        description="Restart the workloads that read the keys of `bring` and get no other image, on each cluster after "
        "its images. Without it the plan names them."
    ),
]

Bring = Annotated[
    list[BringInput],
    Field(
        max_length=200,
        description="Keys that the target lacks, as a part of the same operation: each cluster gets them before its "
        "images, and keeps them where the images are put back. Takes the right to maintain both sides, as an import "
        "by key does.",
    ),
]


def to_brought(bring: Iterable[BringInput]) -> tuple[BroughtKeys, ...]:
    return each_once(each.to_brought() for each in bring)


class BroughtRead(Output):
    """Keys of one ConfigMap or Secret that an operation brings; no value."""

    kind: Literal["ConfigMap", "Secret"]
    name: str
    keys: list[str]
    typed: list[str] = Field(description="Those whose values a person typed in.")
