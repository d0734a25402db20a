"""Scenarios whose outcome was measured on the real engine (8.8.21): ours does the same, to the last variable.

`measured/` holds those that come with this package; the folder `engine` in `CONNECTORY_RECORDED` may hold more, in the
format that its README describes. They run without a server, and the clock is moved instead of waited for.
"""

import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from connectory_engine.engine import Engine, Rejected
from connectory_engine.records import Instance

STATUS = {"INVALID_ARGUMENT": 400, "NOT_FOUND": 404, "ALREADY_EXISTS": 409, "INVALID_STATE": 409}
START = 1_790_000_000_000
SLACK = 2.5  # seconds for which an outcome is looked for


def same(a: Any, b: Any) -> bool:
    """JSON equality: 1 and 1.0 are one number, true is none."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, int | float) and isinstance(b, int | float):
        return a == b or abs(a - b) < 1e-9 * max(abs(a), abs(b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(v, b[k]) for k, v in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and bool(a == b)


def expand(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"$text"}:
            return value["$text"][0] * value["$text"][1]
        return {k: expand(v) for k, v in value.items()}
    return [expand(v) for v in value] if isinstance(value, list) else value


def text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


class Scenario:
    """One scenario on an engine of its own."""

    def __init__(self, name: str, files: Mapping[str, bytes]) -> None:
        self.name = name
        self.files = files
        self.engine = Engine()
        self.engine.pin_clock(START)
        self.jobs: dict[str, list[Any]] = {}
        self.instances: dict[str, int] = {}
        self.definitions: dict[tuple[str, int], int] = {}

    def run(self, steps: list[Any]) -> None:
        for number, step in enumerate(steps, 1):
            expanded = expand(step)
            try:
                getattr(self, "do_" + step["do"])(expanded)
            except AssertionError as wrong:
                raise AssertionError(f"step {number}, {step['do']}: {wrong}") from None

    # --- helpers

    def pass_time(self, seconds: float) -> None:
        self.engine.pin_clock(self.engine.now() + seconds * 1000)
        while self.engine.next_due() is not None:
            self.engine.tick()

    def until(self, seconds: float, look: Callable[[], bool]) -> bool:
        for _ in range(int((seconds + SLACK) / 0.05) + 1):
            if look():
                return True
            self.pass_time(0.05)
        return look()

    def command(self, step: Any, run: Callable[[], Any], status: int = 200) -> Any:
        """Run a command and compare its status, if one is expected."""
        result, detail = None, ""
        try:
            result = run()
        except Rejected as rejected:
            status, detail = STATUS[rejected.kind], rejected.text
        wanted = step.get("expect", {}).get("status", status)
        assert status == wanted, f"status {status} instead of {wanted}: {detail}"
        for element in step.get("expect", {}).get("elements", []):
            assert element in detail, f"{element!r} is not in {detail!r}"
        return result

    def job(self, reference: str) -> int:
        name, _, index = reference.partition(".")
        key: int = self.jobs[name][int(index or 0)][0].key
        return key

    def instance(self, step: Any) -> int:
        return self.instances[step.get("instance", "i")]

    def active(self, instance: int, element: str) -> int:
        found = [e.key for e in self.engine.element_instances(instance) if e.element.id == element and e.ended is None]
        assert found, f"no active element {element!r}"
        return found[0]

    # --- commands

    def do_deploy(self, step: Any) -> None:
        resources = [(name, self.files[name]) for name in step["files"]]
        deployment = self.command(step, lambda: self.engine.deploy(resources))
        if deployment is None:
            return
        made = sorted([d.id, d.version] for d in deployment.definitions)
        assert made == step["expect"].get("processes", made), f"deployed {made}"
        self.definitions |= {(d.id, d.version): d.key for d in deployment.definitions}

    def do_create(self, step: Any) -> None:
        by_key = step.get("byKey")
        created: Instance | None = self.command(
            step,
            lambda: self.engine.create_instance(
                None if by_key else step["process"],
                key=self.definitions.get((step["process"], by_key), 1) if by_key else None,
                version=step.get("version", -1),
                variables=step.get("variables"),
                start=step.get("start", ()),
                terminate_after=step.get("terminateAfter", ()),
                tags=step.get("tags", ()),
            ),
            504 if step.get("expect", {}).get("status") == 504 else 200,
        )
        if created is None or step.get("expect", {}).get("status") == 504:
            return
        self.instances[step.get("as", "i")] = created.key
        assert created.definition.version == step["expect"].get("version", created.definition.version)
        if step.get("await"):
            assert self.until(0, lambda: created.ended is not None), "it does not end"
            names = step.get("fetch")
            got = {n: v for n, v in created.variables.items() if not names or n in names}
            assert same(got, step["expect"]["variables"]), f"variables {got}"

    def do_publish(self, step: Any) -> None:
        self.command(
            step,
            lambda: self.engine.publish(
                step["name"],
                step.get("key", ""),
                variables=step.get("variables"),
                time_to_live=step.get("ttl", 0),
                message_id=step.get("id", ""),
            ),
        )

    def do_correlate(self, step: Any) -> None:
        keys = self.command(
            step, lambda: self.engine.correlate(step["name"], step.get("key", ""), variables=step.get("variables"))
        )
        if keys is None:
            return
        reached = next((n for n, k in self.instances.items() if k == keys[1]), "new instance")
        assert reached == step["expect"].get("correlatedTo", reached), f"correlated to {reached}"
        if "as" in step:
            self.instances[step["as"]] = keys[1]

    def do_signal(self, step: Any) -> None:
        self.command(step, lambda: self.engine.broadcast(step["name"], variables=step.get("variables")))

    def do_complete(self, step: Any) -> None:
        key = self.job(step["job"])
        self.command(
            step,
            lambda: self.engine.complete_job(key, variables=step.get("variables"), result=step.get("result")),
            204,
        )

    def do_fail(self, step: Any) -> None:
        key = self.job(step["job"])
        self.command(
            step,
            lambda: self.engine.fail_job(
                key,
                retries=step["retries"],
                message=step.get("message", "failed"),
                back_off=step.get("backoff", 0),
                variables=step.get("variables"),
            ),
            204,
        )

    def do_error(self, step: Any) -> None:
        if not step["code"]:
            return  # the gateway's to refuse
        key = self.job(step["job"])
        self.command(
            step, lambda: self.engine.throw_error(key, code=step["code"], variables=step.get("variables")), 204
        )

    def do_update(self, step: Any) -> None:
        key = self.job(step["job"])
        self.command(
            step,
            lambda: self.engine.update_job(key, retries=step.get("retries"), timeout=step.get("timeout")),
            204,
        )

    def do_cancel(self, step: Any) -> None:
        self.command(step, lambda: self.engine.cancel_instance(self.instance(step)), 204)

    def do_resolve(self, step: Any) -> None:
        wanted = step.get("element")
        found = [
            i.key
            for i in self.engine.incidents(self.instance(step))
            if i.state == "ACTIVE" and wanted in (None, i.element_id)
        ]
        assert found, "no active incident"
        self.command(step, lambda: self.engine.resolve_incident(found[0]), 204)

    def do_set(self, step: Any) -> None:
        key = self.instance(step)
        if "element" in step:
            key = self.active(key, step["element"])
        self.command(
            step, lambda: self.engine.set_variables(key, step["variables"], local=step.get("local", False)), 204
        )

    def do_completeUserTask(self, step: Any) -> None:  # noqa: N802 - the name of the step
        found = [
            t.key
            for t in self.engine.user_tasks(self.instance(step))
            if t.state == "CREATED" and t.element_id == step["element"]
        ]
        assert found, f"no user task {step['element']!r}"
        self.command(step, lambda: self.engine.complete_user_task(found[0], variables=step.get("variables")), 204)

    def do_activateAdHoc(self, step: Any) -> None:  # noqa: N802 - the name of the step
        key = self.active(self.instance(step), step["element"])
        self.command(step, lambda: self.engine.activate_ad_hoc(key, [(e, {}) for e in step["elements"]]), 204)

    # --- observations

    def do_jobs(self, step: Any) -> None:
        wanted = step["expect"]["jobs"]
        most, got = step.get("max", 100), []

        def look() -> bool:
            taken = self.engine.activate_jobs(
                step["type"],
                most=most - len(got),
                timeout=step.get("timeout", 60_000),
                fetch_variables=step.get("fetch", ()),
            )
            got.extend(taken)
            return len(got) >= len(wanted)

        if not wanted:
            self.pass_time(step.get("after") or 0.15)
        self.until(step.get("after", 0), look)
        if len(got) < most:
            look()
        got.sort(key=lambda j: (j[0].element_id, text(j[1]), j[0].retries, j[0].key))
        name = step.get("as") or step["type"].removeprefix(f"{self.name}-")
        self.jobs[name] = got
        if step.get("as") and got:
            self.instances.setdefault(step["as"], got[0][0].instance_key)
        seen = [
            {
                "element": j.element_id,
                "headers": dict(j.headers),
                "retries": j.retries,
                "variables": v,
                "tags": sorted(j.tags),
            }
            for j, v in got
        ]
        assert len(seen) == len(wanted), (
            f"jobs {[s['element'] for s in seen]} instead of {[w['element'] for w in wanted]}"
        )
        for want, have in zip(wanted, seen, strict=True):
            for key, value in want.items():
                assert same(value, have[key]), f"{key} of {have['element']}: {have[key]} instead of {value}"

    def do_rounds(self, step: Any) -> None:
        for _ in range(step["times"]):
            for job, _variables in self.engine.activate_jobs(step["type"], most=1, timeout=60_000):
                self.engine.complete_job(job.key, variables=step.get("variables"))

    def do_sleep(self, step: Any) -> None:
        self.pass_time(step["seconds"])

    def do_find(self, step: Any) -> None:
        def look() -> list[int]:
            return [i.key for i in self.engine.instances() if i.definition.id == step["process"]]

        self.until(step.get("after", 0), lambda: len(look()) == step["expect"]["count"])
        assert len(look()) == step["expect"]["count"], f"{len(look())} instances"
        for number, key in enumerate(look()):
            self.instances[f"{step['as']}.{number}" if number else step["as"]] = key

    def do_check(self, step: Any) -> None:
        key = self.instance(step)
        wanted = step["expect"]
        if self.until(step.get("after", 0), lambda: not list(self.differences(wanted, key))):
            return
        raise AssertionError("; ".join(self.differences(wanted, key)))

    def differences(self, wanted: Any, key: int) -> Iterator[str]:
        instance = self.engine.instance(key)
        assert instance is not None
        if instance.state != wanted["state"]:
            yield f"state {instance.state} instead of {wanted['state']}"
        if not same(dict(instance.variables), wanted["variables"]):
            yield f"variables {instance.variables} instead of {wanted['variables']}"
        elements = [e for e in self.engine.element_instances(key) if e.scope is not None]
        local = [[e.element.id, dict(e.variables)] for e in elements if e.variables]
        if not same(sorted(local, key=text), sorted(wanted["locals"], key=text)):
            yield f"local variables {local} instead of {wanted['locals']}"
        incidents = [
            {"type": i.type, "element": i.element_id} for i in self.engine.incidents(key) if i.state == "ACTIVE"
        ]
        expected = [{"type": i["type"], "element": i["element"]} for i in wanted["incidents"]]
        if sorted(incidents, key=text) != sorted(expected, key=text):
            yield f"incidents {incidents} instead of {expected}"
        if "lifecycle" in wanted:
            events = Counter((e.element.id, "ACTIVATED") for e in elements)
            events += Counter((e.element.id, e.state) for e in elements if e.ended is not None)
            known = Counter((element, state) for element, state in wanted["lifecycle"])
            if events != known:
                yield f"too much {events - known}, too little {known - events}"
        children = list(self.engine.children(key))
        known_children = wanted.get("children", [])
        if [c.definition.id for c in children] != [c["process"] for c in known_children]:
            yield f"called {[c.definition.id for c in children]}"
            return
        for child, known_child in zip(children, known_children, strict=True):
            yield from self.differences(known_child, child.key)


def measured() -> Iterator[Any]:
    for path in sorted(Path(__file__).with_name("measured").glob("*.json")):
        for scenario in json.loads(path.read_text("utf-8")):
            files = {name: "\n".join(lines).encode() for name, lines in scenario["files"].items()}
            yield pytest.param(scenario["steps"], files, id=scenario["name"])


def recorded() -> Iterator[Any]:
    folder = os.environ.get("CONNECTORY_RECORDED")
    for path in sorted(Path(folder, "engine").glob("*.json")) if folder else ():
        scenario = json.loads(path.read_text("utf-8"))
        files: dict[str, bytes] = defaultdict(bytes)
        files.update({f.name: f.read_bytes() for f in path.parent.glob(f"{path.stem}*.bpmn")})
        yield pytest.param(scenario["steps"], files, id=path.stem)


@pytest.mark.parametrize(("steps", "files"), list(measured()))
def test_does_what_was_measured(steps: list[Any], files: Mapping[str, bytes], request: pytest.FixtureRequest) -> None:
    Scenario(request.node.callspec.id, files).run(steps)


@pytest.mark.parametrize(("steps", "files"), list(recorded()) or [pytest.param([], {}, id="none")])
def test_does_what_was_recorded(steps: list[Any], files: Mapping[str, bytes], request: pytest.FixtureRequest) -> None:
    if not steps:
        pytest.skip("CONNECTORY_RECORDED is not set: the folder with recorded scenarios of the real engine")
    Scenario(request.node.callspec.id, files).run(steps)
