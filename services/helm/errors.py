"""The errors of this package. Their details quote no value of a release."""

from services.errors import Category, StagecoachError


class HelmMissingError(StagecoachError):
    """There is no Helm 4 where Stagecoach runs."""

    code = "helm-missing"
    title = "Helm is not there"
    category = Category.UNAVAILABLE


class HelmFailedError(StagecoachError):
    """Helm has ended with an error."""

    code = "helm-failed"
    title = "Helm failed"
    category = Category.UPSTREAM
