"""What a real distribution registry reports, configured by the documented steps."""

import textwrap

import yaml

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import Request
from services.registry.formats import FORMATS
from tests.support.fake_api_server import until
from tests.support.fake_registry import FakeRegistry, says
from tests.support.registry import NewDockerRegistry, Notify
from tests.support.report_cases import NOW, SECRET, images

FORM = FORMATS[Provider.DISTRIBUTION]
SETTINGS = ReceiverSettings()


async def test_its_reports_prove_themselves_and_name_the_image_once(
    new_docker_registry: NewDockerRegistry, other: FakeRegistry
):
    other.on("/webhooks/receiver", says(204), methods=("POST",))
    step = FORM.steps(address=f"{other.server.url}/webhooks/receiver", secret=SECRET)[0]
    (endpoint,) = yaml.safe_load(textwrap.dedent(step.partition("\n")[2]))["notifications"]["endpoints"]
    notify = Notify(url=endpoint["url"], headers={name: values[0] for name, values in endpoint["headers"].items()})
    registry = await new_docker_registry(notify=notify)
    digest = await registry.push_image("shop/web", "1.4.2", platforms=2, attested=True)
    await registry.push_image("shop/web", "last")

    def reports() -> list[Request]:
        return [Request(body=each.body, headers=each.headers) for each in other.asked("/webhooks")]

    def pushed() -> list[tuple[str, str, str, str | None]]:
        return [image for each in reports() for image in images(FORM.parse(each, SETTINGS).events)]

    await until(lambda: any(image[2] == "last" for image in pushed()))
    assert pushed()[:-1] == [(registry.address, "shop/web", "1.4.2", digest)]
    for each in reports():
        FORM.verify(each, secrets=[SECRET], settings=SETTINGS, keys=None, now=NOW)
    ids = [FORM.parse(each, SETTINGS).delivery_id for each in reports()]
    assert None not in ids
    assert len(set(ids)) == len(ids) > 4
