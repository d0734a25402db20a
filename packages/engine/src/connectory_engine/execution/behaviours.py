"""What each kind of element does: the table of all behaviours."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from connectory_engine.execution.ad_hoc import AdHocSubProcess, InnerInstance
from connectory_engine.execution.calls import CallActivity
from connectory_engine.execution.catching import BoundaryEvent, CatchEvent, ReceiveTask, StartEvent
from connectory_engine.execution.gateways import EventBasedGateway, ExclusiveGateway, InclusiveGateway, ParallelGateway
from connectory_engine.execution.multi_instance import MultiInstanceBody
from connectory_engine.execution.scopes import ProcessScope, SubProcess
from connectory_engine.execution.tasks import JobTask, PassingTask, ScriptTask, UserTaskBehaviour
from connectory_engine.execution.throwing import EndEvent, ThrowEvent

if TYPE_CHECKING:
    from connectory_engine.execution.processor import Behaviour

BEHAVIOURS: Mapping[str, "Behaviour"] = {
    "PROCESS": ProcessScope(),
    "SUB_PROCESS": SubProcess(),
    "EVENT_SUB_PROCESS": SubProcess(),
    "AD_HOC_SUB_PROCESS": AdHocSubProcess(),
    "AD_HOC_SUB_PROCESS_INNER_INSTANCE": InnerInstance(),
    "MULTI_INSTANCE_BODY": MultiInstanceBody(),
    "CALL_ACTIVITY": CallActivity(),
    "SERVICE_TASK": JobTask(),
    "SEND_TASK": JobTask(),
    "BUSINESS_RULE_TASK": JobTask(),
    "SCRIPT_TASK": ScriptTask(),
    "USER_TASK": UserTaskBehaviour(),
    "RECEIVE_TASK": ReceiveTask(),
    "MANUAL_TASK": PassingTask(),
    "TASK": PassingTask(),
    "START_EVENT": StartEvent(),
    "BOUNDARY_EVENT": BoundaryEvent(),
    "INTERMEDIATE_CATCH_EVENT": CatchEvent(),
    "INTERMEDIATE_THROW_EVENT": ThrowEvent(),
    "END_EVENT": EndEvent(),
    "EXCLUSIVE_GATEWAY": ExclusiveGateway(),
    "INCLUSIVE_GATEWAY": InclusiveGateway(),
    "PARALLEL_GATEWAY": ParallelGateway(),
    "EVENT_BASED_GATEWAY": EventBasedGateway(),
}
