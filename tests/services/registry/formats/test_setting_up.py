"""The documentation of providers: steps, settings, the page."""

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.errors import InvalidRequestError
from services.registry.formats import FORMATS, Format
from services.registry.formats.page import page
from services.registry.settings import parse_settings
from tests.support.report_cases import CASES, SECRET, TOPIC, Case

ADDRESS = "https://stagecoach.example/webhooks/Ab3"
DOCS = Path(__file__).parents[4] / "docs"


def test_the_page_says_what_the_formats_say():
    assert (DOCS / "registries.md").read_text() == page(), "make registries"


@pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
def test_the_steps_name_the_address_and_the_secret_where_it_is_needed(form: Format):
    steps = "\n".join(form.steps(address=ADDRESS, secret=SECRET))
    assert ADDRESS in steps
    assert (SECRET in steps) == (form.proof.needs_secret and not form.proof.secret_in_address)
    assert "{address}" not in steps
    assert "{secret}" not in steps
    assert form.title
    assert form.proof.sentence.endswith(".")


def test_distributions_step_is_its_configuration():
    step = FORMATS[Provider.DISTRIBUTION].steps(address=ADDRESS, secret=SECRET)[0]
    (endpoint,) = yaml.safe_load(textwrap.dedent(step.partition("\n")[2]))["notifications"]["endpoints"]
    assert endpoint["url"] == ADDRESS
    assert endpoint["headers"] == {"Authorization": [f"Bearer {SECRET}"]}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_settings_go_to_json_and_back(case: Case):
    FORMATS[case.provider].check(case.settings)
    written = json.loads(json.dumps(case.settings.to_json()))
    assert ReceiverSettings.from_json(written) == parse_settings(written) == case.settings


@pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
def test_settings_that_a_provider_does_not_use_are_refused(form: Format):
    everything = ReceiverSettings(
        registry="r.example",
        repositories={"a": "r.example"},
        signed=True,
        header="X-Key",
        username="u",
        topics=(TOPIC,),
        audience="a",
        service_account="a@b.example",
    )
    assert set(form.settings) <= everything.names
    assert {name for choice in form.needs for name in choice} <= set(form.settings)
    with pytest.raises(InvalidRequestError, match="has no setting"):
        form.check(everything)


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        (Provider.ECR_SNS, "topics"),
        (Provider.GOOGLE, "service_account"),
        (Provider.NEXUS, "registry or repositories"),
        (Provider.ARTIFACTORY, "registry or repositories"),
    ],
)
def test_settings_that_a_provider_cannot_do_without_are_asked_for(provider: Provider, said: str):
    with pytest.raises(InvalidRequestError, match=said):
        FORMATS[provider].check(ReceiverSettings())


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"other": 1}, "settings"),
        ({"registry": "https://registry.example"}, "settings.registry"),
        ({"registry": "registry"}, "settings.registry"),
        ({"registry": 5}, "settings.registry"),
        ({"repositories": ["a"]}, "settings.repositories"),
        ({"repositories": {"a b": "r.example"}}, "settings.repositories"),
        ({"repositories": {"a": "r.example/../b"}}, "settings.repositories.a"),
        ({"repositories": {"a": None}}, "settings.repositories.a"),
        ({"signed": "yes"}, "settings.signed"),
        ({"header": "X Key"}, "settings.header"),
        ({"username": "a:b"}, "settings.username"),
        ({"topics": TOPIC}, "settings.topics"),
        ({"topics": [TOPIC, "arn:aws:sqs:eu-west-1:123456789012:q"]}, "settings.topics[1]"),
        ({"topics": [[]]}, "settings.topics[0]"),
        ({"audience": "a b"}, "settings.audience"),
        ({"service_account": "nobody"}, "settings.service_account"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(value: dict[str, Any], field: str):
    with pytest.raises(InvalidRequestError) as refused:
        parse_settings(value)
    assert refused.value.field == field


def test_hosts_and_paths_in_settings_are_folded():
    settings = parse_settings({"registry": "Index.Docker.io", "repositories": {"a": "R.Example:5000/Team/"}})
    assert settings.registry == "docker.io"
    assert settings.repositories == {"a": "r.example:5000/team"}
