"""What every connector keeps to."""

import asyncio
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel

from connectory_sdk.binding import bind
from connectory_sdk.connector import Connector
from connectory_sdk.errors import ConnectorInputError
from connectory_sdk.template import TemplateError, check, inbound_templates, outbound_template, outbound_templates
from connectory_sdk.template.collection import templates_of
from connectory_sdk.template.properties import Place, properties
from connectory_sdk.testing.secrets import broken, secret_values
from connectory_sdk.testing.templates import assert_template_unchanged


class ConnectorTests:
    """What every connector keeps to.

    Args:
        connector: The connector under test.
        example: For each operation, variables that it accepts, as a template writes them.
        inbound_example: For each subscription type, properties that it accepts, nested.
        templates: Folder of the committed templates, written with ``connectory templates collect --write``.
    """

    connector: ClassVar[Connector[Any]]
    example: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    inbound_example: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    templates: ClassVar[Path | None] = None

    def __init_subclass__(cls) -> None:
        """Let nobody leave a check out silently."""
        super().__init_subclass__()
        for name, own in vars(cls).items():
            if name.startswith("test_") and hasattr(ConnectorTests, name) and not excused(own):
                raise TypeError(
                    f"{cls.__name__} overrides '{name}', which every connector keeps to; if yours cannot, mark it: "
                    "@pytest.mark.xfail(reason=...)"
                )

    def models(self) -> Iterator[tuple[type[BaseModel], Mapping[str, Any]]]:
        """Yield each request and configuration with its example."""
        for key, variables in self.example.items():
            yield self.connector.operations[key].request, variables
        for key, variables in self.inbound_example.items():
            yield self.connector.inbounds[key].config, variables

    def test_identity(self) -> None:
        """Ids are dotted, types have a prefix, names are words."""
        connector = self.connector

        assert connector.id.count(".") >= 1, f"id '{connector.id}' needs a prefix of yours: acme.{connector.id}"
        assert connector.type.count(":") >= 1, f"job type '{connector.type}' needs a prefix: acme:{connector.type}:1"
        assert connector.version >= 1
        assert connector.name.strip() == connector.name != ""
        for inbound in connector.inbounds.values():
            assert inbound.id.count(".") >= 1, f"inbound id '{inbound.id}' needs a prefix: {connector.id}.inbound"
            assert inbound.type.count(":") >= 1, (
                f"subscription type '{inbound.type}' needs a prefix: acme:{inbound.type}"
            )
            assert inbound.name.strip() == inbound.name != ""

    def test_operations_are_documented(self) -> None:
        """Each operation says what it does."""
        for operation in self.connector.operations.values():
            assert inspect.getdoc(operation.call), f"operation '{operation.id}' has no docstring"

    def test_examples_bind(self) -> None:
        """Each operation and each subscription type has an example, and the example is accepted."""
        assert set(self.example) == set(self.connector.operations), "give one example for each operation"
        assert set(self.inbound_example) == set(self.connector.inbounds), (
            "give one inbound_example for each subscription type"
        )

        for model, values in self.models():
            asyncio.run(bind(model, values))

    def test_requests_hide_secrets(self) -> None:
        """Printing a request shows no secret."""
        for model, values in self.models():
            request = asyncio.run(bind(model, values))

            for value in secret_values(request):
                assert value not in repr(request)
                assert value not in str(request)

    def test_errors_hide_secrets(self) -> None:
        """What is said of a request that is wrong shows no secret, wherever it is wrong."""
        for model, values in self.models():
            secrets = secret_values(asyncio.run(bind(model, values)))
            for wrong in broken(values):
                said = refusal(model, wrong) if isinstance(wrong, Mapping) else ""
                assert not [value for value in secrets if value in said], f"an error of {model.__name__} shows a secret"

    def test_templates_are_sound(self) -> None:
        """Every template can be generated and keeps the semantic rules."""
        try:
            templates = outbound_templates(self.connector) if self.connector.operations else []
            for inbound in self.connector.inbounds.values():
                templates += inbound_templates(self.connector, inbound)
        except TemplateError as exc:
            pytest.fail(str(exc))

        assert [problem for template in templates for problem in check(template)] == []

    def test_templates_are_committed(self) -> None:
        """The committed templates are what the models give."""
        if self.templates is None:
            pytest.skip("there are no committed templates: templates = Path(...) says where they are")
        for template in templates_of([self.connector]):
            assert_template_unchanged(template, self.templates)

    def test_template_fields_are_described(self) -> None:
        """Every visible field has a label; each that is filled in has a description."""
        entries = outbound_template(self.connector)["properties"] if self.connector.operations else []
        for inbound in self.connector.inbounds.values():
            entries = [*entries, *properties(inbound.config, Place(inbound=True))]
        for entry in entries:
            if entry["type"] != "Hidden":
                assert entry.get("label"), entry
                assert entry.get("description") or entry["type"] == "Dropdown", (
                    f"field '{entry['id']}' needs a description"
                )


def refusal(model: type[BaseModel], variables: Mapping[str, Any]) -> str:
    """Return what is said of variables that do not fit, nothing when they do."""
    try:
        asyncio.run(bind(model, variables))
    except ConnectorInputError as exc:
        return str(exc)
    return ""


def excused(override: Any) -> bool:
    """Tell whether what replaces a check is expected to fail, and says why."""
    marks = getattr(override, "pytestmark", [])
    return any(mark.name == "xfail" and mark.kwargs.get("reason") for mark in marks)
