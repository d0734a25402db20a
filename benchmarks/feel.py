"""FEEL against feel-scala: ten expressions of connector life, each parsed once on both sides, in one run.

    CONNECTORY_FEEL_ORACLE=path/to/feel-oracle python benchmarks/feel.py

The oracle is a command that reads JSON lines `{"expression", "context", "repeat"}` and answers with
`nanosPerEvaluation`. Without it the table has our side alone. Prints the ratio for each expression and its geometric
mean, the time of a cold compile, and what the import costs.
"""

import argparse
import gc
import json
import math
import os
import shlex
import statistics
import subprocess
import sys
import time

import connectory_feel
from connectory_feel.expression import Expression
from connectory_feel.limits import DEFAULT
from connectory_feel.values import Function

ITEMS = [
    {
        "id": f"item-{n:04d}",
        "status": ("open", "closed", "held")[n % 3],
        "amount": (n * 37) % 100 + 0.5,
        "qty": n % 7 + 1,
        "price": round(n * 1.37 + 0.99, 2),
        "note": "delivered with care",
    }
    for n in range(100)
]
RESPONSE = {
    "status": 200,
    "headers": {"content-type": "application/json", "x-request-id": "7f0c2d"},
    "body": {
        "ok": True,
        "ts": "1700000000.000100",
        "channel": "C123",
        "n": 42,
        "name": "Ada Lovelace",
        "email": "ada.lovelace@example.com",
        "created": "2024-03-01T10:15:30Z",
        "meta": {"source": "api", "version": 3, "tags": ["a", "b"]},
    },
}
REQUEST = {"body": {"type": "event", "event": {"type": "message", "channel": "C123", "ts": "1700.1", "text": "hi"}}}
ERROR = {"code": "429", "message": "Too many requests", "variables": {"response": {"headers": {"retry-after": "3"}}}}

CASES: dict[str, tuple[str, dict[str, object]]] = {
    "result_ctx": ("{ts: response.body.ts, ok: response.body.ok = true}", {"response": RESPONSE}),
    "error_if": (
        'if error.code = "404" then bpmnError("404","x") else if error.code = "429"'
        ' then jobError("x",{},3,duration("PT10S")) else null',
        {"error": ERROR},
    ),
    "activation": (
        'request.body.event.type = "message" and not(request.body.event.bot_id != null)',
        {"request": REQUEST},
    ),
    "correlation_key": ('request.body.event.channel + "-" + request.body.event.ts', {"request": REQUEST}),
    "filter100": ('response.body.items[status = "open" and amount > 50].id', {"response": {"body": {"items": ITEMS}}}),
    "for100": (
        "for i in response.body.items return {id: i.id, total: i.qty * i.amount}",
        {"response": {"body": {"items": ITEMS}}},
    ),
    "decsum100": (
        "sum(for i in response.body.items return i.qty * i.price) * 1.2",
        {"response": {"body": {"items": ITEMS}}},
    ),
    "strings": (
        'upper case(substring before(response.body.email, "@")) + "-" + string(response.body.n) + "-"'
        ' + replace(response.body.name, "[aeiou]", "_")',
        {"response": RESPONSE},
    ),
    "merge": (
        'context merge([response.body.meta, {processed: true, level: if response.body.n > 40 then "high" else "low"}])',
        {"response": RESPONSE},
    ),
    "datetime": (
        'date and time(response.body.created) + duration("PT1H") > date and time("2024-01-01T00:00:00Z")',
        {"response": RESPONSE},
    ),
}


def bpmn_error(code: object, message: object) -> object:
    """Stand in for the runtime's function, which the oracle has not either."""
    return {"errorType": "bpmnError", "errorCode": code, "errorMessage": message}


def job_error(message: object, variables: object, retries: object, backoff: object) -> object:
    """Stand in for the runtime's function."""
    return {"errorType": "jobError", "message": message, "variables": variables, "retries": retries, "backoff": backoff}


FUNCTIONS = {
    "bpmnError": [Function(("errorCode", "errorMessage"), bpmn_error)],
    "jobError": [Function(("errorMessage", "variables", "retries", "retryBackoff"), job_error)],
}


def ours(text: str, context: dict[str, object], seconds: float) -> float:
    """Evaluations a second: the best of several rounds, as the machine is shared."""
    evaluate = connectory_feel.compile(text, functions=FUNCTIONS).evaluate
    evaluate(context)
    count, best = 1, math.inf
    while True:
        start = time.perf_counter()
        for _ in range(count):
            evaluate(context)
        took = time.perf_counter() - start
        if took > seconds / 5:
            break
        count = max(count * 2, int(count * seconds / 5 / max(took, 1e-7)))
    for _ in range(4):
        start = time.perf_counter()
        for _ in range(count):
            evaluate(context)
        best = min(best, time.perf_counter() - start)
    return count / min(best, took)


def reference(cases: dict[str, tuple[str, dict[str, object]]], repeat: int) -> dict[str, float]:
    """Evaluations a second of the oracle; the best of three rounds after it is warm."""
    command = os.environ.get("CONNECTORY_FEEL_ORACLE")
    if not command:
        return {}
    process = subprocess.Popen(shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    best: dict[str, float] = {}
    for _ in range(3):
        for name, (text, context) in cases.items():
            count = repeat // 20 if name.endswith("100") else repeat
            process.stdin.write(json.dumps({"expression": text, "context": context, "repeat": count}) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            best[name] = max(best.get(name, 0), 1e9 / max(answer["nanosPerEvaluation"], 1))
    process.stdin.close()
    process.wait()
    return best


def cold_compile() -> float:
    """Milliseconds to compile one of the ten expressions, for each 100 characters; the best of many rounds of each."""
    best: dict[str, float] = {}
    for _ in range(40):
        for text, _context in CASES.values():
            start = time.perf_counter()
            Expression(text, unary=False, functions=FUNCTIONS, limits=DEFAULT)
            took = (time.perf_counter() - start) * 1e3 * 100 / len(text)
            best[text] = min(best.get(text, took), took)
    return statistics.fmean(best.values())


def import_cost(work: str) -> tuple[float, float]:
    """Milliseconds and MiB (resident, Linux) that the import takes in a fresh interpreter; the least of several."""
    code = (
        "import time\n"
        "def rss(): return int(open('/proc/self/statm').read().split()[1]) / 256\n"
        "m = rss()\n"
        "t = time.perf_counter()\n"
        f"{work}\n"
        "print((time.perf_counter() - t) * 1e3, rss() - m)"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(7)]
    figures = [tuple(map(float, run.stdout.split())) for run in runs]
    return min(figure[0] for figure in figures), min(figure[1] for figure in figures)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="FEEL: ours against feel-scala.")
    parser.add_argument("--seconds", type=float, default=1.0, help="time for each expression on our side")
    parser.add_argument("--repeat", type=int, default=20_000, help="evaluations of each expression in the oracle")
    options = parser.parse_args()
    gc.collect()
    mine = {name: ours(text, context, options.seconds) for name, (text, context) in CASES.items()}
    theirs = reference(CASES, options.repeat)
    print(f"{'expression':<16}{'ours /s':>12}{'feel-scala /s':>15}{'ratio':>8}")
    for name, rate in mine.items():
        other = theirs.get(name)
        print(f"{name:<16}{rate:>12,.0f}" + (f"{other:>15,.0f}{rate / other:>7.1f}x" if other else f"{'-':>15}"))
    if theirs:
        mean = math.exp(statistics.fmean(math.log(mine[name] / theirs[name]) for name in mine))
        print(f"geometric mean of the ratios: {mean:.1f}x")
    print(f"cold compile: {cold_compile():.2f} ms for 100 characters")
    milliseconds, mebibytes = import_cost("import connectory_feel")
    print(f"import: {milliseconds:.0f} ms, {mebibytes:.1f} MiB")
    milliseconds, mebibytes = import_cost("import connectory_feel; connectory_feel.compile('x + 1').evaluate({'x': 1})")
    print(f"import and first evaluation: {milliseconds:.0f} ms, {mebibytes:.1f} MiB")


if __name__ == "__main__":
    main()
