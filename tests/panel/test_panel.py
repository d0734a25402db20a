"""Our templates in the modeler's real properties panel: groups in order, conditions, words instead of keys.

What was looked at is left as pictures in ``screenshots/``.
"""

import re
from typing import Any

import pytest

TASK_TAIL = ["Output mapping", "Error handling", "Retries"]
EVENT_TAIL = ["Activation", "Response mode", "Correlation", "Deduplication", "Output mapping"]
PANEL_OWN = {"General", "Documentation", "Template", "Extension properties", "Execution listeners", "Custom properties"}
KEY = re.compile(r"[a-z]+[A-Z][A-Za-z]*|.*[a-z]\.[a-z].*|.*_.*")
"""What a name in a program looks like, as no label should."""


def titles(groups: list[dict[str, Any]]) -> list[str]:
    """Return the titles of the template's own groups."""
    return [group["title"] for group in groups if group["title"] not in PANEL_OWN]


def labels(groups: list[dict[str, Any]], title: str) -> list[str]:
    """Return the labels in a group."""
    return next(group["labels"] for group in groups if group["title"] == title)


def check(found: dict[str, Any], groups: list[str]) -> None:
    """Check what holds for every template."""
    assert found["problems"] == []
    assert titles(found["before"]) == groups
    every = [label for group in found["before"] + found["after"] for label in group["labels"]]
    assert len(every) > 5
    assert [label for label in every if KEY.fullmatch(label)] == []


def test_slack(panel: Any) -> None:
    """Another operation shows its own fields; one document is asked where it is."""
    found = panel.show("slack-outbound", ("Documents", "single"))

    check(found, ["Operation", "Authentication", "Channel", "Message", *TASK_TAIL])
    assert "Document source" not in labels(found["before"], "Message")
    assert {"Document source", "Camunda document"} <= set(labels(found["after"], "Message"))
    assert 'zeebe:modelerTemplate="connectory.slack.outbound"' in found["xml"]


def test_slack_with_another_operation(panel: Any) -> None:
    """Fields of the first operation are gone."""
    found = panel.show("slack-outbound", ("Operation", "conversations.invite"))

    assert "Message" not in titles(found["after"])
    assert "Users" in labels(found["after"], "People")


def test_rest(panel: Any) -> None:
    """A login shows its own fields, a method with a body the body."""
    found = panel.show("rest-outbound", ("Type", "basic"), ("Method", "POST"))

    assert titles(found["before"])[:2] == ["Authentication", "HTTP endpoint"]
    check(found, titles(found["before"]))
    assert "Username" not in labels(found["before"], "Authentication")
    assert {"Username", "Password"} <= set(labels(found["after"], "Authentication"))
    assert "Payload" not in titles(found["before"])
    assert "Request body" in labels(found["after"], "Payload")


def test_kafka(panel: Any) -> None:
    """A schema is asked for where there is one."""
    found = panel.show("kafka-outbound", ("Schema strategy", "inlineSchema"))

    check(found, ["Authentication", "Kafka", "Schema", "Message", *TASK_TAIL])
    assert len(labels(found["after"], "Schema")) > len(labels(found["before"], "Schema"))


def test_teams(panel: Any) -> None:
    """Another operation and another login show their own fields."""
    found = panel.show("teams-outbound", ("Operation", "sendMessageToChat"), ("Type", "clientCredentials"))

    check(found, titles(found["before"]))


def test_webhook(panel: Any) -> None:
    """A signature asks for key and header; a start event by message may need a key."""
    found = panel.show(
        "webhook-inbound-message-start",
        ("HMAC authentication", "enabled"),
        ("Subprocess correlation required", "required"),
    )

    groups = ["Webhook configuration", "Authentication", "Authorization", "Webhook response", *EVENT_TAIL]
    check(found, groups)
    assert {"HMAC secret key", "HMAC header"} <= set(labels(found["after"], "Authentication"))
    assert "HMAC header" not in labels(found["before"], "Authentication")
    assert "Correlation key (payload)" in labels(found["after"], "Correlation")


@pytest.mark.parametrize("kind", ["intermediate", "boundary", "receive"])
def test_kafka_events(panel: Any, kind: str) -> None:
    """Each kind of element becomes what the template says."""
    found = panel.show(f"kafka-inbound-{kind}")

    assert found["problems"] == []
    assert titles(found["before"])[:2] == ["Authentication", "Kafka"]
    assert f'zeebe:modelerTemplate="connectory.kafka.inbound.{kind}"' in found["xml"]
