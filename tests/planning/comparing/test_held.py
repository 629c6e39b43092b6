"""Releases compared by the configuration that they hold and by the fields that were written."""

from typing import Any

from domain.held_configuration import HeldConfiguration
from domain.images import ContainerImage, Image
from domain.resources import Manifest, ResourceId
from domain.written import FieldTree
from services.planning.comparing.held import HeldSide, with_configuration
from services.planning.comparing.values import Comparison, ComparisonSection, DifferenceKind, Seen, Side
from services.planning.objects.identity import ObjectKey
from services.planning.releases.holding import LARGEST_OBJECT, held_configuration
from tests.support.comparing import compared
from tests.support.objects import PRINTS, config_map, secret

WEB = ResourceId.of("apps/v1", "Deployment", "web")
IMAGE = ContainerImage(workload=WEB, container="web", image=Image.of("shop/web:1"))


def release(
    *manifests: Manifest,
    number: int,
    place: str = "here",
    keep_secrets: bool = False,
    unread: tuple[str, ...] = (),
    written=None,
) -> HeldSide:
    seen = Seen(cluster="eu", images={IMAGE.key: IMAGE}, written=written)
    held: dict[str, HeldConfiguration] = {
        "eu": held_configuration(manifests, PRINTS, place=place, keep_secrets=keep_secrets, unread=unread)
    }
    return HeldSide(side=Side(environment="Production", clusters=(seen,), release=number), place=place, held=held)


def now(*manifests: Manifest, place: str = "here") -> HeldSide:
    seen = Seen(cluster="eu", images={IMAGE.key: IMAGE}, objects={ObjectKey.of(each): each for each in manifests})
    return HeldSide(side=Side(environment="Production", clusters=(seen,)), place=place)


def told(left: HeldSide, right: HeldSide, *, values_shown: bool = True) -> Comparison:
    return compared(*with_configuration(left, right, PRINTS, values_shown=values_shown), values_shown=values_shown)


def keys(found: Comparison) -> list[tuple[str, DifferenceKind]]:
    return [(f"{each.resource.name}.{each.key}", each.kind) for each in found.differences]


def test_two_releases_are_compared_key_by_key_with_values_of_config_maps_and_without_those_of_secrets():
    one = release(config_map(data={"mode": "fast", "old": "1"}), secret(data={"token": "YQ=="}), number=7)
    other = release(config_map(data={"mode": "slow", "new": "1"}), secret(data={"token": "Yg=="}), number=8)
    found = told(one, other)
    assert keys(found) == [
        ("settings.mode", DifferenceKind.DIFFERS),
        ("settings.new", DifferenceKind.ONLY_RIGHT),
        ("settings.old", DifferenceKind.ONLY_LEFT),
        ("keys.token", DifferenceKind.DIFFERS),
    ]
    mode, *_, token = found.differences
    assert (mode.left[0].value, mode.right[0].value, mode.missing_in) == ("fast", "slow", None)
    assert (token.hidden, token.left[0].value, token.right[0].value) == (True, None, None)
    assert not {ComparisonSection.CONFIG_MAPS, ComparisonSection.SECRETS} & {*found.not_recorded}


def test_a_release_with_what_is_there_now_is_the_same_and_a_changed_key_is_not():
    kept = (config_map(data={"mode": "fast"}), secret(data={"token": "YQ=="}))
    assert told(now(*kept), release(*kept, number=7)).differences == ()
    changed = (kept[0], secret(data={"token": "Yg=="}))
    assert keys(told(now(*changed), release(*kept, number=7))) == [("keys.token", DifferenceKind.DIFFERS)]


def test_of_an_object_that_is_too_large_fingerprints_are_compared_and_not_shown():
    large = "x" * LARGEST_OBJECT
    one, other = (release(config_map(data={"text": large + end}), number=7) for end in "ab")
    (difference,) = told(one, other).differences
    assert (difference.key, difference.hidden, difference.left[0].value) == ("text", True, None)
    assert told(one, one).differences == ()


def test_who_may_not_see_values_sees_that_they_differ():
    one, other = (release(config_map(data={"mode": mode}), number=7) for mode in ("fast", "slow"))
    (difference,) = told(one, other, values_shown=False).differences
    assert (difference.key, difference.hidden, difference.left[0].value) == ("mode", True, None)


def test_between_two_environments_fingerprints_say_nothing_and_that_is_said():
    one = release(secret(data={"token": "YQ=="}), number=7)
    found = told(one, now(secret(data={"token": "YQ=="}), place="elsewhere"))
    assert (found.differences, found.same) == ((), False)
    assert "Secret keys" in found.not_compared[0]
    kept = release(secret(data={"token": "YQ=="}), number=7, keep_secrets=True)
    assert told(kept, now(secret(data={"token": "YQ=="}), place="elsewhere")).same


def test_of_a_kind_that_could_not_be_read_nothing_is_compared():
    one = release(config_map(), number=7, unread=("Secret",))
    assert told(one, release(config_map(), secret(), number=8)).differences == ()


def test_a_cluster_of_which_a_release_holds_nothing_lacks_nothing():
    one = release(config_map(), number=7)
    nothing = HeldSide(side=one.side, place="here", held={})
    found = told(nothing, release(config_map(data={"mode": "other"}), number=8))
    assert found.differences == ()
    assert ComparisonSection.CONFIG_MAPS in found.not_recorded


def test_fields_that_were_written_are_compared_by_their_fingerprints():
    limits = ("f:spec", "f:template", "f:spec", "f:containers", 'k:{"name":"web"}', "f:resources", "f:limits", "f:cpu")

    def tree(leaf: str) -> dict[ResourceId, FieldTree]:
        fields: Any = leaf
        for step in reversed(limits):
            fields = {step: fields}
        return {WEB: fields}

    one, other = release(number=7, written=tree("a")), release(number=8, written=tree("b"))
    (difference,) = told(one, other).differences
    assert (difference.section, difference.kind, difference.hidden) == (
        ComparisonSection.LIMITS,
        DifferenceKind.DIFFERS,
        True,
    )
    assert "containers[web].resources.limits.cpu" in difference.path
    same = told(one, one)
    assert (same.differences, same.not_recorded) == ((), ())
