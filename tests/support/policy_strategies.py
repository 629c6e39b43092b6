"""Hypothesis strategies of policies, tags and candidates, drawn from few values so that they match each other."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from services.planning.policies.tags import Candidate

START = datetime(2026, 1, 1, tzinfo=UTC)

tags = st.one_of(
    st.sampled_from(["latest", "main", "release-1", "release-2", "build-7", "build-10", "v9", "1.2", "1234567"]),
    st.builds("v{}.{}.0".format, *[st.integers(0, 3)] * 2),
    st.builds("{}.{}.{}{}".format, *[st.integers(0, 3)] * 3, st.sampled_from(["", "-rc.1"])),
)
globs = st.sampled_from(["*", "release-*", "build-?", "v*", "latest", "*-rc.*"])
ranges = st.sampled_from(["*", ">=1.2 <2", "^1", "~0.2", "1.x || 3.x", "1.0.0 - 2.1"])
selects = st.one_of(
    st.just({"kind": "any"}),
    st.fixed_dictionaries({"kind": st.just("exact"), "tags": st.lists(tags, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"kind": st.just("glob"), "pattern": globs}),
    st.fixed_dictionaries({"kind": st.just("regex"), "pattern": st.sampled_from(["^v?(.*)$", "build-(?P<n>[0-9]+)"])}),
    st.fixed_dictionaries({"kind": st.just("semver"), "range": ranges, "prereleases": st.booleans()}),
)
matches = st.fixed_dictionaries(
    {},
    optional={
        "container": st.sampled_from(["web", "api"]),
        "repository": st.sampled_from(["registry.example/shop/web", "registry.example/shop/api"]),
    },
)


@st.composite
def rules(draw):
    select = draw(selects)
    orders = ["push", "built", "semver", *(["capture"] if select["kind"] == "regex" else [])]
    return {
        "match": draw(matches),
        "select": select,
        "newest_by": draw(st.sampled_from(orders)),
        "allow": draw(st.lists(globs, max_size=2)),
        "deny": draw(st.lists(globs, max_size=1)),
        "allow_downgrade": draw(st.booleans()),
    }


policies = st.fixed_dictionaries({"rules": st.lists(rules(), max_size=4)})
built = st.none() | st.integers(0, 20).map(lambda hours: START + timedelta(hours=hours))


@st.composite
def candidates(draw, *, most=6):
    found = draw(st.lists(st.tuples(tags, built), max_size=most))
    pushes = draw(st.permutations(range(1, len(found) + 1)))
    return [
        Candidate(tag=tag, push=push, built_at=at, digest=f"sha256:{push:064x}")
        for (tag, at), push in zip(found, pushes, strict=True)
    ]
