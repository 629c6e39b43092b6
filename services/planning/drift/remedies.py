"""What a person can do about drift and skew, as a sentence. Pure."""

from domain.divergences import Divergence, DivergenceKind


def remedy(divergence: Divergence, *, last_release: int, source: str | None) -> str:
    """`source` is the environment before, from which the app environment is imported; None without one."""
    match divergence.kind:
        case DivergenceKind.IMAGE_DRIFT | DivergenceKind.DIGEST_DRIFT:
            return f"Converge, which rolls back to release {last_release}, or accept what runs."
        case DivergenceKind.SKEW if last_release:
            return f"Converge, which brings release {last_release} to all clusters, or accept what one of them runs."
        case DivergenceKind.SKEW:
            return "Accept what one of the clusters runs, or promote to all of them."
        case DivergenceKind.KEY_DRIFT | DivergenceKind.FIELD_DRIFT:
            again = f"Import it again from {source}" if source is not None else "Configure it again"
            return (
                f"{again} to bring it back, or accept it. Converging does not: a release has images, and of keys and "
                "fields fingerprints alone."
            )
