"""What a registry means that refuses a write: the error with what to do. Pure.

Of the body only known codes are used: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
"""

from services.registry.credentials import RegistryAccess
from services.registry.errors import RegistryError, RegistryMalformedError, Subject
from services.registry.json_answers import read_answer
from services.registry.names import is_tag
from services.registry.tokens import denied
from services.registry.transport import Answer

_CODES = frozenset(
    {"DENIED", "NAME_UNKNOWN", "TAG_INVALID", "MANIFEST_BLOB_UNKNOWN", "SIZE_INVALID", "QUOTA_EXCEEDED", "UNSUPPORTED"}
)


class PushRefusedError(RegistryError):
    """The registry does not take an image, although the credential is in order."""

    code = "registry-push-refused"
    title = "The registry does not take the image"


def refusal_of(access: RegistryAccess, answer: Answer, subject: Subject) -> RegistryError:
    """The error of a write that was not answered as expected."""
    codes = _codes_in(answer.body)
    why = _why_refused(answer.status, codes, subject)
    if why is not None:
        return PushRefusedError(subject, why)
    if "DENIED" in codes:
        return denied(access, subject, pushes=True)
    return RegistryMalformedError(subject, f"it answered {answer.status} to what was pushed.")


def _why_refused(status: int, codes: frozenset[str], subject: Subject) -> str | None:
    """Why a registry does not take an image of somebody who may push, and what to do; None for another answer."""
    if status == 404 and ("NAME_UNKNOWN" in codes or not codes):
        return (
            "the registry has no such repository, and makes none at a push. Make it there first (Amazon ECR: aws ecr "
            "create-repository; Harbor: the project that the path begins with)."
        )
    if status == 405 or "UNSUPPORTED" in codes:
        return (
            "the registry takes no pushes: it is read-only, for maintenance or as a mirror. Try again when it takes "
            "them, or map to a registry that does."
        )
    if status == 413 or "SIZE_INVALID" in codes:
        return (
            "the registry, or a proxy in front of it, does not take so much at once. Raise its limit (nginx: "
            "client_max_body_size 0)."
        )
    if status == 507 or "QUOTA_EXCEEDED" in codes:
        return "there is no room left, or a quota is used up. Raise it, or delete old images."
    if is_tag(subject.tag) and (status in {409, 412} or "TAG_INVALID" in codes):
        return (
            "the tag is of another image there, and the registry lets no tag be moved. Promote an image with a new "
            "tag, or let the registry move this one (Amazon ECR: tag mutability; Harbor: tag immutability rules)."
        )
    return None


def _codes_in(body: bytes) -> frozenset[str]:
    document = read_answer(body)
    errors = document.get("errors") if isinstance(document, dict) else None
    said = {each.get("code") for each in errors if isinstance(each, dict)} if isinstance(errors, list) else set()
    return frozenset(code for code in said if isinstance(code, str)) & _CODES
