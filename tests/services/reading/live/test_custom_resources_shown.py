"""Custom resources in the picture: judged when they change, and known as far as the stream of their kind is."""

from api.schemas.overview import MatrixCustomResources
from services.planning.health.values import HealthState
from services.reading.live.changes import Changes, StreamState
from services.reading.live.places import PODS
from tests.support.pictures import CERTIFICATE, WEB, Shown, certificate, pod_of, production, stream, told, web
from tests.support.rollouts import at


def certificates(state: StreamState = StreamState.LIVE, **more: object):
    return stream(CERTIFICATE.kind, state, **more)


async def test_a_custom_resource_that_fails_is_shown_in_the_cell_and_on_the_page_and_judged_by_itself():
    shown = await Shown(production(resources=(WEB, CERTIFICATE))).after(
        told(web(), pod_of(web()), certificate("True"), states=(stream(), stream(PODS), certificates()))
    )
    assert shown.cell.custom_resources == MatrixCustomResources(
        total=1, unhealthy=0, resource=None, health=None, reason=None, since=None
    )
    before = shown.picture.revision
    await shown.after(told(certificate("False"), states=()))
    assert shown.picture.revision == before + 1
    found = shown.cell.custom_resources
    assert found is not None
    assert (found.total, found.unhealthy, found.resource, found.reason) == (1, 1, "Certificate/web", "Issuer")
    assert shown.cell.health is HealthState.READY
    (facts,) = shown.clusters[0].facts.custom
    assert facts.health.state is HealthState.FAILED
    assert shown.picture.judgements.next_at() is None  # it is judged again when it changes, not as time passes


async def test_a_custom_kind_that_is_not_served_any_more_or_may_not_be_read_marks_nothing_else():
    shown = await Shown(production(resources=(WEB, CERTIFICATE))).after(
        told(web(), pod_of(web()), certificate("True"), states=(stream(), stream(PODS), certificates()))
    )
    for state, health in (
        (StreamState.NOT_SERVED, HealthState.MISSING),
        (StreamState.REFUSED, HealthState.UNKNOWN),
        (StreamState.LIVE, HealthState.READY),
    ):
        before = shown.picture.revision
        await shown.after(Changes(cluster_id="id-of-prod-eu", states=(certificates(state),)))
        assert shown.picture.revision == before + 1
        assert shown.clusters[0].facts.custom[0].health.state is health
        assert (shown.cell.stale, shown.cell.health) == (False, HealthState.READY)


async def test_an_application_of_custom_resources_alone_is_as_they_are_and_stale_where_its_cluster_is_away():
    shown = await Shown(production(resources=(CERTIFICATE,))).after(
        told(certificate("False"), states=(certificates(),))
    )
    assert (shown.cell.health, shown.cell.stale) == (HealthState.FAILED, False)
    away = certificates(StreamState.UNREACHABLE, since=at(1000))
    await shown.after(Changes(cluster_id="id-of-prod-eu", states=(away,)), seconds=5)
    assert not shown.cell.stale
    await shown.after(seconds=20)
    assert (shown.cell.health, shown.cell.stale) == (HealthState.UNKNOWN, True)
