"""A trial of a delivery returns the verdicts that its images would get, and changes nothing."""

import json

import pytest

from db.records.images import RunningImageRecord
from domain.resources import ResourceId
from domain.stored.receivers import ReceiverSettings
from domain.words import CredentialKind, DeployMode, Provider
from services.errors import InvalidRequestError, NotFoundError
from services.planning.policies.parsing import parse_policies
from services.pushes.image_policies import ImagePolicyService
from services.pushes.receiver_trial import ProofGiven, ReceiverTrial, Sample
from services.pushes.receivers import NewReceiver, Receivers
from services.pushes.receiving import Receiving
from services.registry.deliveries import ProofRefusedError, Request
from tests.support.actors import ANN
from tests.support.fake_keys import FakeProviderKeys
from tests.support.rows import make_target

WEB = "registry.example/shop/web"
DIGEST = "sha256:" + "7e" * 32
RESOURCE = ResourceId.of("apps/v1", "Deployment", "web")


@pytest.fixture
def trial(database) -> ReceiverTrial:
    return ReceiverTrial(database, FakeProviderKeys(), believed=frozenset({"registry.example"}))


@pytest.fixture
async def shop(database):
    """Development of the shop: on auto, and its container web runs `WEB`."""
    target = (await make_target(database, environment="Development", clusters=("dev-1",))).app_environment
    target_id = str(target.id)
    row = RunningImageRecord(
        app_environment_id=target_id,
        resource=RESOURCE,
        container="web",
        init=False,
        repository=WEB,
        reference=f"{WEB}:1.0.0",
    )
    async with database.begin() as tx:
        await tx.app_environments.change(target.application.id, target.environment.id, deploy_mode=DeployMode.AUTO)
        await tx.app_environments.configure(target_id, namespace="shop", resources=[RESOURCE])
        await tx.running_images.put(target_id, [row])
    return target


async def _receiver(database, *, application=None):
    new = NewReceiver(name="CI", provider=Provider.CI, application=application, settings=ReceiverSettings())
    return await Receivers(database, public_url=None).add(new, actor=ANN)


def _report(image: str = f"{WEB}:1.5.0@{DIGEST}") -> Sample:
    return Sample(body=json.dumps({"image": image}))


async def _effects(database, trial, sample=None):
    receiver_id = (await _receiver(database)).view.record.id
    return (await trial.attempt(receiver_id, sample or _report(), actor=ANN)).effects


async def test_on_auto_a_pushed_image_would_be_deployed(database, trial, shop):
    (effect,) = await _effects(database, trial)
    assert (effect.image, effect.application, effect.environment) == (f"{WEB}:1.5.0", "shop", "Development")
    assert (effect.workload, effect.container) == (RESOURCE, "web")
    assert (effect.verdict, effect.would_deploy) == ("pending", True)


async def test_on_manual_a_pushed_image_is_only_offered(database, trial, shop):
    async with database.begin() as tx:
        await tx.app_environments.change(shop.application.id, shop.environment.id, deploy_mode=DeployMode.MANUAL)
    (effect,) = await _effects(database, trial)
    assert (effect.verdict, effect.would_deploy) == ("offered", False)


async def test_a_trial_says_which_rule_refuses(database, trial, shop):
    rules = [{"match": {"container": "web"}, "deny": ["*-rc*"]}]
    await ImagePolicyService(database).put("shop", "Development", parse_policies({"rules": rules}), actor=ANN)
    (effect,) = await _effects(database, trial, _report(f"{WEB}:1.6.0-rc1@{DIGEST}"))
    assert (effect.verdict, effect.rule, effect.would_deploy) == ("refused", "deny", False)
    assert "*-rc*" in effect.reason


async def test_without_a_digest_it_is_deployed_only_if_its_registry_can_be_read(database, trial, shop):
    receiver_id = (await _receiver(database)).view.record.id
    (before,) = (await trial.attempt(receiver_id, _report(f"{WEB}:1.5.0"), actor=ANN)).effects
    async with database.begin() as tx:
        await tx.registries.put(
            "registry.example", plain_http=False, kind=CredentialKind.ANONYMOUS, username=None, secret=None
        )
    (after,) = (await trial.attempt(receiver_id, _report(f"{WEB}:1.5.0"), actor=ANN)).effects
    assert (before.verdict, before.rule, before.would_deploy) == ("refused", "digest-unknown", False)
    assert (before.container, after.verdict, after.would_deploy) == ("web", "pending", True)


@pytest.mark.parametrize("image", [f"{WEB}:1.5.0@{DIGEST}", f"{WEB}:1.5.0"])
async def test_what_a_registry_that_is_not_stored_has_to_confirm_first_is_not_promised(database, shop, image):
    trial = ReceiverTrial(database, FakeProviderKeys())
    receiver_id = (await _receiver(database)).view.record.id
    (before,) = (await trial.attempt(receiver_id, _report(image), actor=ANN)).effects
    async with database.begin() as tx:
        await tx.registries.put(
            "registry.example", plain_http=False, kind=CredentialKind.ANONYMOUS, username=None, secret=None
        )
    (after,) = (await trial.attempt(receiver_id, _report(image), actor=ANN)).effects
    assert (before.verdict, before.rule, before.would_deploy) == ("pending", "unverified", False)
    assert before.reason is not None
    assert "only if it confirms" in before.reason
    assert (after.verdict, after.rule, after.would_deploy) == ("pending", None, True)


async def test_an_image_that_no_workload_runs_has_no_verdict(database, trial, shop):
    receiver_id = (await _receiver(database)).view.record.id
    tried = await trial.attempt(receiver_id, _report("registry.example/other:1"), actor=ANN)
    assert (tried.effects, [event.name for event in tried.events]) == ((), ["registry.example/other"])


async def test_a_receiver_of_another_application_deploys_nothing_here(database, trial, shop):
    async with database.begin() as tx:
        await tx.applications.add(name="other")
    receiver_id = (await _receiver(database, application="other")).view.record.id
    assert (await trial.attempt(receiver_id, _report(), actor=ANN)).effects == ()


async def test_a_stored_delivery_is_tried_again(database, trial, shop):
    issued = await _receiver(database)
    headers = {"authorization": f"Bearer {issued.secret}"}
    request = Request(body=_report().body.encode(), headers=headers)
    await Receiving(database, FakeProviderKeys()).receive(issued.view.record.id, request)
    (stored,) = await _deliveries(database, issued.view.record.id)
    tried = await trial.attempt(issued.view.record.id, Sample(delivery=stored.record.id), actor=ANN)
    assert [event.name for event in tried.events] == [WEB]
    assert [effect.environment for effect in tried.effects] == ["Development"]
    assert tried.given is ProofGiven.NONE


async def test_a_rejected_delivery_cannot_be_tried_again_since_its_body_is_not_kept(database, trial):
    receiver_id = (await _receiver(database)).view.record.id
    with pytest.raises(ProofRefusedError):
        await Receiving(database, FakeProviderKeys()).receive(receiver_id, Request(body=b"{}"))
    (stored,) = await _deliveries(database, receiver_id)
    with pytest.raises(InvalidRequestError):
        await trial.attempt(receiver_id, Sample(delivery=stored.record.id), actor=ANN)


async def test_an_unknown_receiver_has_no_trial(trial):
    with pytest.raises(NotFoundError):
        await trial.attempt("an-id-that-no-receiver-has", _report(), actor=ANN)


async def test_trying_changes_nothing(database, trial, shop):
    receiver_id = (await _receiver(database)).view.record.id
    assert (await trial.attempt(receiver_id, _report(), actor=ANN)).effects != ()
    assert await _deliveries(database, receiver_id) == ()
    async with database.read() as tx:
        assert await tx.lookups.due_hosts() == ()
        assert await tx.verdicts.pending() == {}


async def _deliveries(database, receiver_id):
    return (
        await Receivers(database, public_url=None).deliveries(receiver_id, fate=None, after=None, limit=50, actor=ANN)
    ).items
