"""Expressions that are evaluated over REST see the functions that expressions of a process see."""

import json

import pytest

from connectory_engine.testing import LocalEngine


@pytest.mark.parametrize(
    ("expression", "result"),
    [('=fromAi(a, "what")', 1), ('=cycle(duration("PT1H"))', "R/PT1H"), ("=now() != null", True), ("=a + 1", 2)],
)
def test_the_functions_of_the_engine_are_there(local_engine: LocalEngine, expression: str, result: object) -> None:
    answer = local_engine.request("POST", "/expression/evaluation", {"expression": expression, "variables": {"a": 1}})

    assert answer.status == 200
    assert json.loads(answer.content)["result"] == result
