"""Random keys of this installation, sealed, each named after its purpose."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.types import Sealed, SealedText


class InstallationKey(Base):
    """It stays the same when the encryption key is changed: fingerprints in stored plans must still compare."""

    __tablename__ = "installation_keys"

    purpose: Mapped[str] = mapped_column(Text, primary_key=True)
    sealed: Mapped[Sealed] = mapped_column(SealedText)
