"""Element templates, generated from the request models: the JSON that Camunda Modeler shows as a form.

`outbound_templates` makes the templates of a connector's operations, `inbound_templates` one for each kind of element
that can wait for the events of an inbound connector. `check` applies the semantic rules that a JSON schema cannot say.
The output is the same for the same models, byte for byte.
"""

from connectory_sdk.template.inbound import inbound_templates
from connectory_sdk.template.kinds import KINDS, TASK_KINDS, Kind
from connectory_sdk.template.outbound import outbound_template, outbound_templates
from connectory_sdk.template.properties import TemplateError
from connectory_sdk.template.rules import check
from connectory_sdk.template.text import dumps, file_name

__all__ = [
    "KINDS",
    "TASK_KINDS",
    "Kind",
    "TemplateError",
    "check",
    "dumps",
    "file_name",
    "inbound_templates",
    "outbound_template",
    "outbound_templates",
]
