"""People: found by issuer and subject, renewed at each sign-in."""

from typing import Any

from db.people import PersonRecord
from db.transaction import Database
from domain.rights import Subject, SubjectKind


async def signed_in(database: Database, **changes: Any) -> PersonRecord:
    told: dict[str, Any] = {
        "provider": "corp",
        "issuer": "https://login.example",
        "subject": "1",
        "name": "Ada",
        "email": "ada@example.com",
        "groups": ("shop",),
    }
    async with database.begin() as tx:
        return await tx.people.signed_in(**(told | changes))


async def test_what_the_provider_tells_is_renewed_at_each_sign_in(database: Database):
    first = await signed_in(database)
    again = await signed_in(database, name="Ada Byron", email=None, groups=("ops",))
    assert (again.id, again.name, again.email, again.groups) == (first.id, "Ada Byron", None, ("ops",))
    assert again.created_at == first.created_at


async def test_the_same_email_of_another_issuer_or_subject_is_somebody_else(database: Database):
    people = [
        await signed_in(database),
        await signed_in(database, subject="2"),
        await signed_in(database, issuer="https://evil.example"),
    ]
    assert len({each.id for each in people}) == 3


async def test_bindings_of_a_persons_groups_are_those_of_its_own_provider(database: Database):
    person = await signed_in(database, groups=("shop", "ops"))
    assert person.subjects == (
        Subject(kind=SubjectKind.PERSON, id=person.id),
        Subject(kind=SubjectKind.GROUP, id="corp:shop"),
        Subject(kind=SubjectKind.GROUP, id="corp:ops"),
    )


async def test_a_disabled_person_stays_so_at_the_next_sign_in_until_enabled(database: Database):
    person = await signed_in(database)
    async with database.begin() as tx:
        disabled = await tx.people.set_disabled(person.id, disabled=True)
        again = await tx.people.set_disabled(person.id, disabled=True)
    assert disabled is not None
    assert again is not None
    assert disabled.disabled_at == again.disabled_at == (await signed_in(database)).disabled_at
    async with database.begin() as tx:
        enabled = await tx.people.set_disabled(person.id, disabled=False)
        unknown = await tx.people.set_disabled("0192f0c1-7a5e-7cc3-98c4-dc0c0c07398f", disabled=True)
    assert enabled is not None
    assert (enabled.disabled_at, unknown) == (None, None)


async def test_people_come_in_pages_the_newest_first(database: Database):
    ids = [(await signed_in(database, subject=str(each))).id for each in range(3)]
    async with database.read() as tx:
        first = await tx.people.list(limit=2)
        second = await tx.people.list(limit=2, after=first.next)
    assert [each.id for each in (*first.items, *second.items)] == ids[::-1]
    assert second.next is None
