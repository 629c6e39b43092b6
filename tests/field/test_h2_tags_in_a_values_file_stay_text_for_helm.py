"""Tags that look like numbers, dates or words of YAML, written into a values file: real Helm renders what was written.

Helm reads values with a parser of its own, for which `1.10` is 1.1, `20260101` is 2.0260101e+07 and `1e3` is a number,
which it is not for the parser that writes them here.
"""

import pytest

from domain.image_references import parse_image
from services.planning.git.editing import edited
from services.planning.git.image_edits import ValuesEdit
from tests.support.helm import Helm, write_chart

NUMBERS = ("1.10", "20260101", "1e3", "1.e2", "0x1F", "0b11", "0o17", "012", "1_000", "2026-01-01", "0.0", "00", "_1")
WORDS = ("on", "yes", "n", "null", "NaN", "inf", "v2", "main-0a1b2c3", "1.2.3", "1.2.3-rc.1")
TAGS = (*NUMBERS, *WORDS)
TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: tags}
data:
{{- range $place, $image := .Values.images }}
  {{ $place }}: {{ printf "shop/web:%v" $image.tag | quote }}
{{- end }}
"""


@pytest.mark.parametrize("major", [3, 4])
async def test_every_tag_is_rendered_as_it_was_written(tmp_path, major):
    places = [f"place-{number:02}" for number in range(len(TAGS))]
    text = "images:\n" + "".join(f"  {place}: {{tag: v1}}\n" for place in places)
    for place, tag in zip(places, TAGS, strict=True):
        edit = ValuesEdit(tag=("images", place, "tag"))
        text = edited(text, edit, before=parse_image("shop/web:v1"), after=parse_image(f"shop/web:{tag}")).text
    (tmp_path / "values.yaml").write_text(text)
    helm = Helm.on("", major=major, namespace="shop", home=tmp_path)
    chart = write_chart(tmp_path / "chart", TEMPLATE, values={})
    rendered = await helm("template", "shop", chart, "--values", "values.yaml")
    assert [line.split('"')[1] for line in rendered.splitlines() if "shop/web:" in line] == [
        f"shop/web:{tag}" for tag in TAGS
    ]
