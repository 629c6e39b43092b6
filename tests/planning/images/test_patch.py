"""The JSON patch that changes images and nothing else."""

from domain.images import Image, ImageChange
from domain.words import Action
from services.planning.images.patch import image_patch
from tests.support.image_plans import resource


def test_a_patch_tests_name_and_image_of_all_containers_before_it_replaces_any():
    changes = [
        ImageChange(
            workload=resource("web"),
            container=container,
            init=False,
            pointer=pointer,
            before=Image.of(f"{name}:1"),
            after=Image.of(f"{name}:2"),
            action=Action.UPDATE,
        )
        for container, pointer, name in (("web", "/spec/c/0", "a"), ("proxy", "/spec/c/1", "b"))
    ]
    assert [(one.op, one.path, one.value) for one in image_patch(changes)] == [
        ("test", "/spec/c/0/name", "web"),
        ("test", "/spec/c/0/image", "a:1"),
        ("test", "/spec/c/1/name", "proxy"),
        ("test", "/spec/c/1/image", "b:1"),
        ("replace", "/spec/c/0/image", "a:2"),
        ("replace", "/spec/c/1/image", "b:2"),
    ]
