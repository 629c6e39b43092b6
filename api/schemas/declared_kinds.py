"""Declared kinds in the contract: where a custom kind names images, and when its objects are well."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field

from api.schemas.base import ClusterName, Input, Moment, Namespace, Output, Text
from domain.declared_kinds import Declaration, DeclaredHealth, DeclaredImage, ImageForm
from domain.resources import Manifest
from services.inventory.declared_kinds import LiveObject, SeenKind
from services.planning.health.values import HealthState
from services.planning.objects.declaring import Trial

_Path = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=500,
        description="JSONPath without scripts, below `spec`: names, `[0]`, `[*]`, and `[name=web]` or "
        '`[?(@.name=="web")]` for items of a list.',
        examples=["spec.proxy.image"],
    ),
]
_Member = Annotated[Text, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$")]
_Condition = Annotated[
    Text, Field(min_length=1, max_length=200, description="The type of a condition.", examples=["Ready"])
]


class ReferenceImage(Input):
    """A member whose text is the whole reference."""

    form: Literal["reference"]
    path: _Path

    def to_declared(self) -> DeclaredImage:
        return DeclaredImage(path=self.path, form=ImageForm.REFERENCE)


class TagImage(Input):
    """A member whose text is a tag."""

    form: Literal["tag"]
    path: _Path
    name: Text = Field(
        min_length=1,
        max_length=1000,
        description="The image that the tag is of, which its operator knows.",
        examples=["registry.example/shop/search"],
    )

    def to_declared(self) -> DeclaredImage:
        return DeclaredImage(path=self.path, form=ImageForm.TAG, name=self.name)


class PartsWithTag(Input):
    """A mapping with members for the repository and the tag, and maybe the digest."""

    form: Literal["repository-and-tag"]
    path: _Path
    repository: _Member = Field(description="The name of the member.", examples=["repository"])
    tag: _Member = Field(description="The name of the member.", examples=["tag"])
    digest: _Member | None = Field(
        default=None, description="The name of the member; left out, digests are not written."
    )

    def to_declared(self) -> DeclaredImage:
        return DeclaredImage(
            path=self.path, form=ImageForm.PARTS, repository=self.repository, tag=self.tag, digest=self.digest
        )


class PartsWithDigest(Input):
    """A mapping with members for the repository and the digest alone."""

    form: Literal["repository-and-digest"]
    path: _Path
    repository: _Member = Field(description="The name of the member.", examples=["repository"])
    digest: _Member = Field(description="The name of the member.", examples=["digest"])

    def to_declared(self) -> DeclaredImage:
        return DeclaredImage(path=self.path, form=ImageForm.PARTS, repository=self.repository, digest=self.digest)


Declared = Annotated[ReferenceImage | TagImage | PartsWithTag | PartsWithDigest, Field(discriminator="form")]


class KstatusHealth(Input):
    """Judged by the conventions of kstatus, as custom resources are; one that reports nothing is unknown."""

    rule: Literal["kstatus"]

    def to_declared(self) -> DeclaredHealth:
        return DeclaredHealth()


class ConditionHealth(Input):
    """Judged by conditions alone."""

    rule: Literal["conditions"]
    ready: _Condition = Field(description="It is well while this condition is True, and under way while it is not.")
    failed: list[_Condition] = Field(
        default_factory=list, max_length=10, description="It has failed while one of these is True."
    )

    def to_declared(self) -> DeclaredHealth:
        return DeclaredHealth(ready=self.ready, failed=tuple(dict.fromkeys(self.failed)))


class DeclaredKindPut(Input):
    """What is declared of the kind."""

    images: list[Declared] = Field(min_length=1, max_length=20)
    health: Annotated[KstatusHealth | ConditionHealth, Field(discriminator="rule")]

    def to_declaration(self) -> Declaration:
        return Declaration(images=tuple(each.to_declared() for each in self.images), health=self.health.to_declared())


class LiveObjectInput(Input):
    """An object on a registered cluster."""

    cluster: ClusterName
    namespace: Namespace
    version: Text = Field(min_length=1, max_length=63, description="One that the cluster serves.", examples=["v1"])
    name: Text = Field(min_length=1, max_length=253, examples=["web"])


class DeclaredKindPreviewRequest(Input):
    """A declaration, and the object to try it on: the object itself, or where it is."""

    declaration: DeclaredKindPut
    object: dict[str, Any] | LiveObjectInput = Field(
        description="A whole object with `apiVersion` and `kind`, or where to read one."
    )

    def to_tried(self) -> Manifest | LiveObject:
        if isinstance(self.object, LiveObjectInput):
            return LiveObject(**self.object.model_dump())
        return Manifest(self.object)


class DeclaredImageRead(Output):
    """Where an object names an image."""

    form: Literal["reference", "tag", "repository-and-tag", "repository-and-digest"]
    path: str
    name: str | None = Field(description="Of a tag: the image that it is of.")
    repository: str | None = Field(description="The name of the member, where the parts have members of their own.")
    tag: str | None
    digest: str | None

    @classmethod
    def of(cls, image: DeclaredImage) -> Self:
        form = image.form.value
        if image.form is ImageForm.PARTS:
            form = "repository-and-tag" if image.tag is not None else "repository-and-digest"
        return cls.model_validate({**vars(image), "form": form})


class DeclaredHealthRead(Output):
    """How objects of the kind are judged."""

    rule: Literal["kstatus", "conditions"]
    ready: str | None = Field(description="Null for `kstatus`.")
    failed: list[str]


class KindUseRead(Output):
    """An app environment that has resources of the kind."""

    application: str
    environment: str


class DeclaredKindRead(Output):
    """A declared kind. Its objects are workloads: their images are promoted, compared and watched for drift."""

    name: str = Field(description="Kind and group, as kubectl takes them.", examples=["Shopfront.shop.example"])
    group: str
    kind: str
    images: list[DeclaredImageRead]
    health: DeclaredHealthRead
    used_by: list[KindUseRead]
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, seen: SeenKind) -> Self:
        record, health = seen.record, seen.record.declaration.health
        return cls(
            name=record.name,
            group=record.group,
            kind=record.kind,
            images=[DeclaredImageRead.of(each) for each in record.declaration.images],
            health=DeclaredHealthRead(
                rule="kstatus" if health.ready is None else "conditions", ready=health.ready, failed=list(health.failed)
            ),
            used_by=[
                KindUseRead(application=each.application.name, environment=each.environment.name) for each in seen.uses
            ],
            created_at=record.created_at,
            updated_at=record.updated_at,
        )


class DeclaredKindList(Output):
    """All declared kinds, by group and kind."""

    items: list[DeclaredKindRead]


class ImageInObjectRead(Output):
    """An image of the object. In plans its container is called by the path."""

    path: str = Field(examples=["spec.proxy.image"])
    image: str


class TriedImageRead(Output):
    """What one declared image leads to."""

    path: str
    found: list[ImageInObjectRead]
    problem: str | None = Field(description="Why nothing, or not all, is found there; null if nothing is wrong.")


class DeclaredKindPreview(Output):
    """What the declaration finds in the object. Nothing is stored."""

    images: list[TriedImageRead]
    health: HealthState
    message: str = Field(description="Why its health is that, in plain words.")

    @classmethod
    def of(cls, trial: Trial) -> Self:
        return cls(
            images=[
                TriedImageRead(
                    path=each.path,
                    found=[ImageInObjectRead(path=path, image=image) for path, image in each.found],
                    problem=each.problem,
                )
                for each in trial.images
            ],
            health=trial.health.state,
            message=trial.health.message,
        )
