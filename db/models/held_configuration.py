"""The ConfigMaps and Secrets that releases hold: each state of an object once, and which of them each release has."""

from typing import Any

from sqlalchemy import ForeignKey, Index, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, check_word
from db.types import Sealed, SealedText, Word
from domain.held_configuration import Held


class HeldObjectRow(WithId, Base):
    """One state of an object. `prints`: key → keyed fingerprint of its value; `print` is that of the whole.

    `sealed` are its values, encrypted whether it is a ConfigMap or a Secret; NULL where only fingerprints are held.
    """

    __tablename__ = "held_objects"

    app_environment_id: Mapped[str] = mapped_column(ForeignKey("app_environments.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    prints: Mapped[dict[str, Any]] = mapped_column(JSONB)
    print: Mapped[str] = mapped_column(Text)
    held: Mapped[Held] = mapped_column(Word(Held))
    sealed: Mapped[Sealed | None] = mapped_column(SealedText)

    __table_args__ = (
        Index("uq_held_objects_state", "app_environment_id", "kind", "name", "print", "held", unique=True),
        check_word("held", Held),
    )


class ReleaseConfiguration(Base):
    """What one release holds of one cluster, by its name. `objects` are ids of `held_objects`."""

    __tablename__ = "release_configurations"

    app_environment_id: Mapped[str] = mapped_column(
        ForeignKey("app_environments.id", ondelete="CASCADE"), primary_key=True
    )
    release: Mapped[int] = mapped_column(primary_key=True)
    cluster: Mapped[str] = mapped_column(Text, primary_key=True)
    objects: Mapped[list[str]] = mapped_column(ARRAY(Uuid(as_uuid=False)))
    unread: Mapped[list[str]] = mapped_column(ARRAY(Text))
