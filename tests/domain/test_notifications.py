"""The catalogue: every type has its value, which survives being stored."""

import json

import pytest

from domain.notification_types import NotificationType
from domain.notification_values import LONGEST_TEXT, MOST_LISTED
from domain.notifications import ClusterOutcome
from domain.stored.notifications import VALUES, read_stored, stored
from domain.stored.versions import UnknownVersionError
from tests.support.notifications import make_failed, make_started, one_of_each


def test_every_type_has_a_value_that_is_read_as_it_was_stored():
    for notification in one_of_each():
        document = json.loads(json.dumps(stored(notification)))
        assert read_stored(notification.type, document) == notification
    assert {each.type for each in one_of_each()} == set(NotificationType) == set(VALUES)


def test_members_that_another_release_wrote_are_passed_over_and_missing_ones_have_defaults():
    document = stored(make_started())
    del document["attempt"]
    read = read_stored(NotificationType.OPERATION_STARTED, document | {"mood": "fine"})
    assert read == make_started()


def test_a_document_of_a_newer_form_is_refused():
    with pytest.raises(UnknownVersionError):
        read_stored(NotificationType.OPERATION_STARTED, stored(make_started()) | {"version": 2})


def test_texts_and_lists_end_when_stored():
    many = tuple(ClusterOutcome(name=f"c{number}") for number in range(MOST_LISTED + 5))
    document = stored(make_failed(detail="x" * (LONGEST_TEXT + 1)))
    assert document["clusters"][0]["detail"] == "x" * (LONGEST_TEXT - 1) + "…"
    assert len(stored(make_started(clusters=many))["clusters"]) == MOST_LISTED
