"""The facts about a template property for which pydantic has no word.

Values that every program with a connector defines or makes are tuples here and in the runtime's settings: a frozen
dataclass costs a millisecond of CPU to define in Python 3.11, a tuple a sixth of that.
"""

from typing import Literal, NamedTuple


class Group(NamedTuple):
    """A section of the properties panel.

    Args:
        id: What `Property.group` names.
        label: What the modeller reads.
        tooltip: Help beside the label.
        open: Shown unfolded from the start.
    """

    id: str
    label: str
    tooltip: str | None = None
    open: bool | None = None


class Property(NamedTuple):
    """Says of a model field what only Camunda knows: ``token: Annotated[SecretStr, Property(group="authentication")]``.

    Label, description, default, example, constraints, choices come from pydantic (`Field`, `Literal`, enums, unions).

    Args:
        id: The property's id. Default: the dotted path of its binding.
        group: Id of a `Group` of the connector.
        type: Kind of field. Default: from the Python type.
        feel: Whether the field takes FEEL: ``optional`` (a switch), ``required`` (always), ``static`` (a literal that
            keeps its type). Default: ``optional`` for text, ``required`` for maps, lists and any value, ``static`` for
            numbers and booleans.
        binding: Where the value goes: a ``zeebe:input`` variable, or a task ``header`` of the element.
        placeholder: Shown in the empty field.
        tooltip: Help beside the label.
        optional: Nothing is written while the field is empty. Default: from the model.
        value: The template's default where it differs from the model's.
        labels: Names of the choices by value, where the values themselves are no words for a modeller.
        shown_when: Show the property only while another one, named by its path, has one of these values, or is shown
            itself (``True``) or not (``False``).
        pattern: Regular expression that the form checks, and the message for a modeller. It sees FEEL and secrets as
            they are written, so it must allow a leading ``=``; the model checks the value.
        language: Editor hint such as ``json``.
        lazy: Inbound only: FEEL that the connector evaluates at each event, not when its properties are bound.
        documents: The field is filled with one document or many. Default: from the Python type.
        configuration: The field's model is a reusable credential, which the modeller chooses: id and version of its
            definition, such as ``("acme:ledger:1", 1)``. Raise the version when the model changes. For Camunda 8.10 on.
        resource: Kind of resource, such as ``form``, that a field of the type `connectory_sdk.linked.LinkedResource`
            links.
        hidden: Keep the field out of the template: the runtime accepts it, the modeller does not see it.
    """

    id: str | None = None
    group: str | None = None
    type: Literal["String", "Text", "Hidden", "Dropdown", "Boolean", "Number"] | None = None
    feel: Literal["optional", "required", "static"] | None = None
    binding: Literal["input", "header"] = "input"
    placeholder: str | None = None
    tooltip: str | None = None
    optional: bool | None = None
    value: str | int | float | bool | None = None
    labels: dict[str, str] | None = None
    shown_when: tuple[str, tuple[str | bool, ...] | bool] | None = None
    pattern: tuple[str, str] | None = None
    language: str | None = None
    lazy: bool = False
    documents: Literal["one", "many"] | None = None
    configuration: tuple[str, int] | None = None
    resource: str | None = None
    hidden: bool = False
