"""A promotion that goes through Helm releases upgrades each of them once, though its process is killed over it."""

import json
from collections.abc import Mapping
from pathlib import Path

from tests.support.crash_stage import CrashStage
from tests.support.helm import Helm, write_chart

PRODUCTION = ("prod-eu", "prod-us")
WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: web, image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"}]
"""


async def installed(stage: CrashStage, home: Path) -> Mapping[str, Helm]:
    """Releases `shop` on the clusters of Production, which the delivery `helm` upgrades; Development is ahead."""
    values: dict[str, object] = {"image": {"repository": "registry.example/shop/web", "tag": "1.4.0"}}
    chart, helms = write_chart(home / "chart", WEB, values=values), {}
    for name in PRODUCTION:
        (home / name).mkdir()
        helms[name] = Helm.on(stage.sandbox.kubeconfig(name), major=4, namespace="shop", home=home / name)
        await helms[name]("install", "shop", chart, "--create-namespace", "--wait")
    await stage.caller.post("/applications/shop/environments/Production/adopt", {"namespace": "shop"})
    path = "/api/v1/applications/shop/environments/Production/image-deliveries"
    answer = await stage.caller.client.put(path, json={"owned": "helm"})
    assert answer.is_success, answer.text
    await stage.roll_out_in_development()
    return helms


async def revisions(helm: Helm) -> list[tuple[int, str]]:
    history = json.loads(await helm("history", "shop", "--output", "json"))
    return [(each["revision"], each["status"]) for each in history]


async def test_a_process_that_is_killed_while_helm_upgrades_has_upgraded_each_release_once(stage, tmp_path):
    helms = await installed(stage, tmp_path)
    stage.slow_down(*PRODUCTION)
    operation = await stage.caller.start_promotion("Production")
    await stage.until_written("prod-eu", 1)  # the record of a revision that is pending
    await stage.process.kill()
    await stage.process.start()
    ended = await stage.caller.end_of(operation)
    assert ended["state"] == "succeeded", ended
    for name, helm in helms.items():
        assert stage.images(name)["deployments/web/web"].startswith(stage.new_image)
        assert await revisions(helm) == [(1, "superseded"), (2, "deployed")]
