"""People, service accounts, and the bindings that give roles."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, Uuid, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, check_word
from db.types import Word
from domain.actors import ActorKind
from domain.rights import SubjectKind
from domain.words import Role


class Person(WithId, Base):
    """Whom an OpenID provider has signed in. Issuer and subject identify a person; all else is what was last told."""

    __tablename__ = "people"

    provider: Mapped[str] = mapped_column(Text)  # the name that the settings give it
    issuer: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    groups: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    groups_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("issuer", "subject"), CheckConstraint("subject <> ''", name="subject"))


class ServiceAccount(WithId, Base):
    """A program that acts by tokens of its own; its owner answers for it."""

    __tablename__ = "service_accounts"

    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, server_default="")
    owner_kind: Mapped[ActorKind] = mapped_column(Word(ActorKind))
    owner_id: Mapped[str] = mapped_column(Text)
    owner_name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    disabled_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_service_accounts_lower_name", func.lower(name), unique=True),
        check_word("owner_kind", ActorKind),
    )


class Binding(WithId, Base):
    """A role of a subject. NULL for applications, labels or environments stands for all of them.

    The arrays hold ids without foreign keys: a binding to what was deleted gives nothing, and stays readable.
    """

    __tablename__ = "bindings"

    subject_kind: Mapped[SubjectKind] = mapped_column(Word(SubjectKind))
    subject_id: Mapped[str] = mapped_column(Text)
    role: Mapped[Role] = mapped_column(Word(Role))
    break_glass: Mapped[bool] = mapped_column(server_default=text("false"))
    applications: Mapped[list[str] | None] = mapped_column(ARRAY(Uuid(as_uuid=False)))
    labels: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    environments: Mapped[list[str] | None] = mapped_column(ARRAY(Uuid(as_uuid=False)))
    expires_at: Mapped[datetime | None]
    created_by_kind: Mapped[ActorKind] = mapped_column(Word(ActorKind))
    created_by_id: Mapped[str] = mapped_column(Text)
    created_by_name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("ix_bindings_subject", "subject_kind", "subject_id"),
        # An empty array would read like "none" and could be taken for "all".
        CheckConstraint("applications <> '{}'", name="applications"),
        CheckConstraint("environments <> '{}'", name="environments"),
        CheckConstraint("labels <> '{}'", name="labels"),
        CheckConstraint("applications IS NULL OR labels IS NULL", name="selection"),
        check_word("subject_kind", SubjectKind),
        check_word("role", Role),
        check_word("created_by_kind", ActorKind),
    )
