"""Images that are a blank: an image trigger of OpenShift fills them in, and writing one back would stop the pods. Pure.

The API server accepts any image text in a pod template and refuses only the pods (okd-project/okd#2337).
"""

from domain.resources import Manifest
from services.planning.objects.declared_images import with_images
from services.planning.objects.workloads import Container, containers


def is_blank(container: Container) -> bool:
    """Whether the container names an image that is nothing but blanks."""
    return "image" in container.body and not container.image.strip()


def with_images_of(live: Manifest, desired: Manifest) -> Manifest:
    """`desired` with the target's image wherever its own is a blank and the target's is filled in."""
    filled = {(c.name, c.init): c.image for c in containers(live) if c.image.strip()}
    blank = [c for c in containers(desired) if is_blank(c) and (c.name, c.init) in filled]
    return with_images(desired, [(c, filled[c.name, c.init]) for c in blank]) if blank else desired
