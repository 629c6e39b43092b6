from domain.comparisons import ObjectField
from services.planning.comparing.expected import Expectations
from services.planning.comparing.text import as_text
from services.planning.images.releases import release_images
from tests.support.comparing import compared, of_release, on_clusters, seen, side, unread
from tests.support.objects import config_map, deployment, secret

STAGING = {"environment": "Staging", "cluster": "stg-1"}
MODE = ObjectField(group="", kind="ConfigMap", name="settings", path="data.mode")


def _text(left, right, **options):
    return as_text(compared(left, right, **options)).splitlines()


def test_the_first_line_of_equal_sides_says_so():
    assert _text(side(config_map()), side(config_map(), **STAGING)) == ["same", "# shop: Development | Staging"]


def test_expected_differences_leave_the_sides_the_same():
    left, right = side(config_map()), side(config_map(data={"mode": "live"}), **STAGING)
    assert _text(left, right, expectations=Expectations(marked=(MODE,))) == [
        "same (1 expected)",
        "# shop: Development | Staging",
        'expected config-maps ConfigMap/settings data.mode: "dev" | "live"',
    ]


def test_each_difference_has_a_line():
    left = side(config_map(data={"a": "x\ny", "mode": "dev"}), secret(), deployment(replicas=1))
    right = on_clusters(
        seen(config_map(data={"mode": "live"}), secret(data={"token": "eA=="}), deployment(replicas=2), cluster="eu"),
        seen(config_map(data={"mode": "live"}), secret(data={"token": "eA=="}), deployment(replicas=3), cluster="us"),
    )
    assert _text(left, right, expectations=Expectations(marked=(MODE,))) == [
        "3 differences (1 expected)",
        "# shop: Development | Production",
        "# clusters of Production differ among themselves in 1 field",
        "config-maps ConfigMap/settings data.a: only in Development",
        "secrets Secret/keys data.token: differs",
        "replicas Deployment/web spec.replicas: 1 | eu: 2, us: 3",
        'expected config-maps ConfigMap/settings data.mode: "dev" | "live"',
    ]


def test_a_value_with_line_breaks_stays_on_its_line():
    lines = _text(side(config_map(data={"a": "x\ny"})), side(config_map(data={"a": "x"}), **STAGING))
    assert lines[2] == 'config-maps ConfigMap/settings data.a: "x\\ny" | "x"'


def test_an_object_that_one_side_lacks_has_one_line():
    assert _text(side(config_map()), side(**STAGING))[2] == "config-maps ConfigMap/settings: only in Development"


def test_what_a_release_does_not_record_is_said():
    lines = _text(side(deployment(), environment="Production"), of_release(*release_images([deployment()])))
    assert lines[:2] == ["same", "# shop: Production | Production release 7"]
    assert lines[2].startswith("# not recorded by a release: config-maps, secrets")


def test_what_could_not_be_read_is_never_the_same():
    lines = _text(side(config_map()), unread(side(**STAGING), detail="It refuses\nconnections."))
    assert lines == [
        "0 differences (0 expected); not everything could be compared",
        "# shop: Development | Staging",
        "# not compared: Cluster stg-1 of Staging could not be read: It refuses connections.",
    ]
