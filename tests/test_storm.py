"""Many jobs at one limit, in a whole process: engine, runtime, connector and a service that has enough."""

from pathlib import Path
from typing import Any

from connectory_runtime.testing import run_process

NAMES = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    'id="d" targetNamespace="t"'
)
PROCESS = f"""
<definitions {NAMES}>
  <process id="storm" isExecutable="true">
    <startEvent id="s"/>
    <sequenceFlow id="a" sourceRef="s" targetRef="post"/>
    <serviceTask id="post">
      <extensionElements>
        <zeebe:taskDefinition type="io.camunda:slack:1" retries="1"/>
        <zeebe:ioMapping>
          <zeebe:input source="{{{{secrets.SLACK_TOKEN}}}}" target="token"/>
          <zeebe:input source="chat.postMessage" target="method"/>
          <zeebe:input source="orders" target="data.channel"/>
          <zeebe:input source="=string(number)" target="data.text"/>
        </zeebe:ioMapping>
      </extensionElements>
      <multiInstanceLoopCharacteristics>
        <extensionElements>
          <zeebe:loopCharacteristics inputCollection="=for i in 1..100 return i" inputElement="number"/>
        </extensionElements>
      </multiInstanceLoopCharacteristics>
    </serviceTask>
    <sequenceFlow id="b" sourceRef="post" targetRef="e"/>
    <endEvent id="e"/>
  </process>
</definitions>
"""


def test_a_hundred_messages_at_one_limit(tmp_path: Path) -> None:
    """Each has one attempt and none is burnt; each message is sent once; nobody asks much more often than needed."""
    model = tmp_path / "storm.bpmn"
    model.write_text(PROCESS)
    boxes: list[Any] = []

    def prepare(box: Any) -> None:
        box.slack.limit("chat.postMessage", calls=50, seconds=1)
        boxes.append(box)

    ended = run_process(model, prepare=prepare)

    assert ended.state == "completed", ended.incidents
    (channel,) = boxes[0].slack.workspace.channels.values()
    assert sorted(message.blocks[0]["text"]["text"] for message in channel.messages.values()) == sorted(
        str(number) for number in range(1, 101)
    )
    assert len(boxes[0].slack.received) < 300
