"""What a row of the table says: which tool writes what where, and what a copy does with it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """Where on an object a tool writes."""

    ANNOTATION = "annotation"
    LABEL = "label"
    TEMPLATE_ANNOTATION = "pod template annotation"
    TEMPLATE_LABEL = "pod template label"
    SELECTOR = "selector of pods"
    FINALIZER = "finalizer"
    MANAGER = "field manager"
    CONTAINER = "container"
    NAMESPACE_LABEL = "label of the namespace"
    NAMESPACE_ANNOTATION = "annotation of the namespace"


class Treatment(StrEnum):
    """What a copy does with it."""

    DROP = "left out"
    KEEP = "kept"
    ASKED = "kept where the request names it"  # as any label of a namespace that is not in the table


class Proof(StrEnum):
    """Whether it proves that the tool owns the object."""

    ALONE = "alone"
    WITH_ANOTHER = "with another mark of the tool"  # too common to prove anything by itself


class Tell(StrEnum):
    """The code of the note in which the plan tells of it."""

    OUTSIDE = "names-outside-cluster"
    INJECTED = "injected-container"
    IMAGES = "image-written-by-others"
    HOOK = "release-hook"
    REPLICATES = "replicated-onward"
    HASH = "selector-of-one-revision"
    PRIVILEGED = "danger-privileged-pods"
    NAMESPACE = "namespace-annotations-lacking"


class Unless(StrEnum):
    """When a row, or another rule of what is left out, does not apply."""

    HEADLESS = "the value is None: a headless Service"
    SET_BY_A_PERSON = "a person set the port"
    MANUAL_SELECTOR = "spec.manualSelector is true"
    SELECTED = "a selector of the object names the label"


@dataclass(frozen=True, kw_only=True)
class Row:
    """`name` may end in `*`; where `value` is given, it has to be equal, too. `kinds` are empty for all kinds.

    `why` is a phrase for people: what the tool says by it, or what it would do in the target.
    """

    tool: str
    place: Place
    name: str
    why: str
    source: str
    treatment: Treatment = Treatment.DROP
    tell: Tell | None = None
    kinds: tuple[str, ...] = ()
    value: str | None = None
    proof: Proof | None = None
    unless: Unless | None = None


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A tool whose rows share their source; `rows` builds them."""

    name: str
    source: str

    def rows(
        self,
        place: Place,
        why: str,
        *names: str,
        treatment: Treatment = Treatment.DROP,
        tell: Tell | None = None,
        kinds: tuple[str, ...] = (),
        proof: Proof | None = None,
        unless: Unless | None = None,
    ) -> tuple[Row, ...]:
        """One row for each name."""
        return tuple(
            Row(
                tool=self.name,
                place=place,
                name=name,
                why=why,
                source=self.source,
                treatment=treatment,
                tell=tell,
                kinds=kinds,
                proof=proof,
                unless=unless,
            )
            for name in names
        )

    def marks(self, place: Place, *names: str, proof: Proof = Proof.ALONE) -> tuple[Row, ...]:
        """Marks by which the tool recognises what it manages: the copy is no part of that."""
        return self.rows(place, "the tool recognises by it what it manages", *names, proof=proof)

    def kept(self, place: Place, why: str, *names: str, tell: Tell, kinds: tuple[str, ...] = ()) -> tuple[Row, ...]:
        """What a copy keeps and tells of."""
        return self.rows(place, why, *names, treatment=Treatment.KEEP, tell=tell, kinds=kinds)

    def of_namespaces(
        self, treatment: Treatment, why: str, *names: str, value: str | None = None, tell: Tell | None = None
    ) -> tuple[Row, ...]:
        """Labels of the source's namespace, and whether the one that a copy creates gets them."""
        return tuple(
            Row(
                tool=self.name,
                place=Place.NAMESPACE_LABEL,
                name=name,
                value=value,
                why=why,
                source=self.source,
                treatment=treatment,
                tell=tell,
            )
            for name in names
        )

    def mark_with(self, place: Place, marked: Mapping[str, str], *, proof: Proof = Proof.ALONE) -> tuple[Row, ...]:
        """Marks that count only with this value."""
        return tuple(
            Row(
                tool=self.name,
                place=place,
                name=name,
                value=value,
                why="the tool recognises by it what it manages",
                source=self.source,
                proof=proof,
            )
            for name, value in marked.items()
        )
