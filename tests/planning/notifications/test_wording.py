"""What notifications say, and that every one says something."""

from dataclasses import replace

from domain.notification_types import NotificationType
from domain.notifications import ApprovalWanted
from services.planning.notifications.wording import Tone, address, message_of
from tests.support.notifications import OPERATION, make_failed, make_started, one_of_each


def test_each_type_has_a_title_a_page_and_words_of_its_own():
    messages = {each.type: message_of(each) for each in one_of_each()}
    assert {type_: (each.title, each.path) for type_, each in messages.items()} == {
        NotificationType.OPERATION_STARTED: ("Promotion of shop to Production started", f"/operations/{OPERATION}"),
        NotificationType.OPERATION_FAILED: ("Promotion of shop to Production failed", f"/operations/{OPERATION}"),
        NotificationType.OPERATION_SUCCEEDED: ("Promotion of shop to Production succeeded", f"/operations/{OPERATION}"),
        NotificationType.OPERATION_ROLLED_BACK: (
            "Promotion of shop to Production failed and was rolled back",
            f"/operations/{OPERATION}",
        ),
        NotificationType.OPERATION_CANCELLED: (
            "Promotion of shop to Production was cancelled",
            f"/operations/{OPERATION}",
        ),
        NotificationType.APPROVAL_WANTED: (
            "Promotion of shop to Production waits for approval",
            f"/proposals/{OPERATION}",
        ),
        NotificationType.IMAGE_OFFERED: ("A new image is offered for shop in Staging", "/applications/shop"),
        NotificationType.AUTOMATION_BLOCKED: (
            "shop in Production does not get its new images by itself",
            "/applications/shop",
        ),
        NotificationType.FREEZE_BEGAN: ("A freeze began", "/freezes"),
        NotificationType.BREAK_GLASS_USED: (
            "Ada broke the glass: rollback of shop in Production",
            f"/operations/{OPERATION}",
        ),
        NotificationType.CLUSTER_LOST: ("The cluster prod-eu does not answer", "/clusters"),
        NotificationType.CLUSTER_BACK: ("The cluster prod-eu is back", "/clusters"),
        NotificationType.DRIFT_OPENED: ("shop in Production differs from its last release", "/drift"),
        NotificationType.DRIFT_CLOSED: ("shop in Production is as its last release again", "/drift"),
        NotificationType.SKEW_OPENED: ("Clusters of shop in Production run different images", "/drift"),
        NotificationType.SKEW_CLOSED: ("Clusters of shop in Production run the same images again", "/drift"),
        NotificationType.TEST: ("A test of the channel Releases", "/notifications"),
    }
    assert all(text for each in messages.values() for _, text in each.facts)


def test_an_operation_that_failed_says_where_and_why():
    message = message_of(make_failed())
    assert message.tone is Tone.BAD
    assert message.facts == (
        ("Result", "It failed on 1 of 2 clusters."),
        ("From", "Staging"),
        ("Images", "registry.example/shop/web:1.4.2"),
        ("Clusters", "prod-us: failed. The pod crashes.\nprod-eu: succeeded"),
        ("By", "Ada"),
    )


def test_drift_says_on_which_cluster_what_runs_instead_of_what_and_who_wrote_it():
    facts = {each.type: dict(message_of(each).facts) for each in one_of_each()}
    assert facts[NotificationType.DRIFT_OPENED] == {
        "Container": "Deployment web, web",
        "Found": "prod-eu: registry.example/shop/web:1.4.3 instead of registry.example/shop/web:1.4.2, "
        "written by kubectl-edit",
        "Since": "2026-12-01 17:30 UTC",
    }
    assert facts[NotificationType.SKEW_OPENED]["Found"] == "prod-eu: registry.example/shop/web:1.4.3"


def test_an_approval_says_how_many_of_whom():
    facts = {type_.type: dict(message_of(type_).facts) for type_ in one_of_each()}
    assert facts[NotificationType.APPROVAL_WANTED]["Needs"] == "2 approvals of release-managers"
    assert facts[NotificationType.FREEZE_BEGAN]["Applications"] == "all"


def test_an_approval_of_a_promotion_set_says_how_many_applications_go_together():
    (wanted,) = [each for each in one_of_each() if isinstance(each, ApprovalWanted)]
    of_set = replace(wanted, together_with=2)
    assert message_of(of_set).title == (
        "Promotion of shop to Production, together with 2 other applications, waits for approval"
    )
    assert of_set.subject != wanted.subject


def test_a_page_has_an_address_where_stagecoach_knows_its_own():
    path = message_of(make_started()).path
    assert address("https://stagecoach.example/", path) == f"https://stagecoach.example/operations/{OPERATION}"
    assert address(None, path) is None
