"""Other labels give and take away what bindings and freezes by labels cover."""

from domain.rights import ApplicationRef, RoleBinding, Scope, Subject, SubjectKind
from domain.words import Role
from services.planning.people.labels import changed_bindings

SHOP = ApplicationRef(id="shop", name="shop", labels={"team": "shop"})
CRITICAL = ApplicationRef(id="shop", name="shop", labels={"team": "shop", "tier": "critical"})


def by(label: str, value: str, *, environments: frozenset[str] | None = None) -> RoleBinding:
    scope = Scope(labels=frozenset({(label, value)}), environments=environments)
    return RoleBinding(id="b", subject=Subject(kind=SubjectKind.GROUP, id="corp:all"), role=Role.VIEWER, scope=scope)


def test_a_label_that_begins_or_ceases_to_select_is_a_change_of_its_binding():
    (begins,) = changed_bindings([by("tier", "critical", environments=frozenset({"prod"}))], SHOP, CRITICAL)
    assert begins.scope == Scope(
        applications=frozenset({"shop"}), labels=frozenset({("team", "shop")}), environments=frozenset({"prod"})
    )
    assert len(changed_bindings([by("tier", "critical")], CRITICAL, SHOP)) == 1


def test_what_covers_the_application_before_and_after_is_no_change():
    assert changed_bindings([by("team", "shop"), by("team", "wiki")], SHOP, CRITICAL) == ()
