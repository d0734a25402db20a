"""Which secrets a job may use: those that its element names in the deployed model, where that is switched on.

Without the filter, any process variable that reaches an input can ask for any secret.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import Literal

from connectory_runtime.client.camunda import CamundaClient
from connectory_runtime.client.problems import GatewayError
from connectory_runtime.outbound.job import Job
from connectory_runtime.secrets.references import referenced_names

log = logging.getLogger(__name__)

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
TASKS = {f"{BPMN}{name}" for name in ("serviceTask", "sendTask", "scriptTask", "businessRuleTask")}

Names = dict[str, frozenset[str]]


class FilterError(Exception):
    """The model cannot be read, and nothing may be assumed."""


class ModelFilter:
    """Reads from deployed models which secrets each element may use.

    Args:
        client: Where the models are.
        mode: ``DISABLED`` allows all; ``LAX`` allows all where a model cannot be read; ``STRICT`` fails such jobs.
        most: How many models are remembered.
    """

    def __init__(self, client: CamundaClient, mode: Literal["DISABLED", "LAX", "STRICT"], *, most: int = 1_000) -> None:
        self.client = client
        self.mode = mode
        self.most = most
        self._models: OrderedDict[str, Names] = OrderedDict()

    async def allowed(self, job: Job) -> Callable[[str], bool] | None:
        """Return which names a job may use; None allows all.

        Raises:
            FilterError: The model cannot be read, and the mode is strict.
        """
        if self.mode == "DISABLED":
            return None
        from xml.etree import ElementTree  # here, because most runtimes have no filter

        try:
            names = await self._names(job.process_definition_key)
        except (GatewayError, ElementTree.ParseError) as exc:
            if self.mode == "STRICT":
                raise FilterError(
                    f"the model of process definition {job.process_definition_key} cannot be read ({exc}), "
                    "so its secrets are not given out; the secret filter's mode is STRICT"
                ) from exc
            log.warning(
                "the model of process definition %s cannot be read, all secrets are allowed (mode LAX): %s",
                *(job.process_definition_key, exc),
            )
            return None
        return names.get(job.element_id, frozenset()).__contains__

    async def _names(self, key: str) -> Names:
        names = self._models.get(key)
        if names is None:
            names = names_in_model(await self.client.get_text(f"/process-definitions/{key}/xml"))
            if self.most:
                self._models[key] = names
                while len(self._models) > self.most:
                    self._models.popitem(last=False)
        return names


def names_in_model(xml: str) -> Names:
    """Return the secrets in the inputs of each element that was made from a template.

    Raises:
        ElementTree.ParseError: The text is no XML.
    """
    from xml.etree import ElementTree

    found: Names = {}
    for element in ElementTree.fromstring(xml).iter():  # noqa: S314 - the engine parsed it before
        if element.tag in TASKS and element.get(f"{ZEEBE}modelerTemplate"):
            inputs = element.iterfind(f"{BPMN}extensionElements/{ZEEBE}ioMapping/{ZEEBE}input")
            names = {name for one in inputs for name in referenced_names(one.get("source", ""))}
            found[element.get("id", "")] = frozenset(names)
    return found
