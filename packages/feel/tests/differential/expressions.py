"""Random FEEL expressions with contexts, by type, over the whole grammar and all built-ins.

An expression is made for a type that is wanted, from smaller ones of the types that its parts want; now and then a part
gets another type, because what FEEL does with the wrong type is most of what can differ. What reads the clock or
chance is left out.
"""

import random
from collections.abc import Callable

__all__ = ["Expressions", "Question"]

Question = dict[str, object]

NUMBER, STRING, BOOLEAN, LIST, CONTEXT = "number", "string", "boolean", "list", "context"
DATE, TIME, DATE_TIME, DAYS, MONTHS = "date", "time", "date and time", "days duration", "months duration"
NULL, FUNCTION, RANGE, ANY = "null", "function", "range", "any"
TYPES = [NUMBER, STRING, BOOLEAN, LIST, CONTEXT, DATE, TIME, DATE_TIME, DAYS, MONTHS, NULL]
COMPARABLE = [NUMBER, STRING, DATE, TIME, DATE_TIME, DAYS, MONTHS]

NUMBERS = [
    "0",
    "1",
    "2",
    "3",
    "5",
    "7",
    "10",
    "-1",
    "-2",
    "0.5",
    "1.5",
    "2.50",
    "-3.75",
    "100",
    "0.1",
    "1.0",
    "12345678901234567890",
    "0.000001",
    "99.995",
    "1e",
    "33",
][:-2]
STRINGS = [
    "",
    "a",
    "foo",
    "bar",
    "foobar",
    "Hello World",
    "aaa",
    " x ",
    "1",
    "12.5",
    "true",
    "a,b,c",
    "äöü",
    "😀!",
    "A-b_c",
    "2024-01-02",
]
PATTERNS = [
    "a",
    "o+",
    "[a-c]",
    "^f",
    "r$",
    "(o)(b)",
    "\\\\d+",
    "\\\\s*",
    ".",
    "x*",
    "[^a]",
    "(?i)HELLO",
    "a|b",
    "\\\\w{2,3}",
    "[",
    "b?",
]
REPLACEMENTS = ["", "_", "$1", "[$0]", "x", "$"]
DATES = [
    "2024-01-02",
    "2024-02-29",
    "2023-12-31",
    "1999-06-15",
    "0001-01-01",
    "-0044-03-15",
    "12024-01-01",
    "2024-02-30",
    "x",
]
TIMES = [
    "10:00:00",
    "23:59:59",
    "00:00:00",
    "10:30:15.250",
    "10:00:00Z",
    "10:00:00+02:00",
    "10:00:00@Europe/Paris",
    "25:00:00",
]
DATE_TIMES = [
    "2024-01-02T10:00:00",
    "2024-02-29T23:59:59.999",
    "2024-01-02T10:00:00Z",
    "2024-01-02T10:00:00+02:00",
    "2024-07-02T10:00:00@Europe/Paris",
    "2024-03-31T02:30:00@Europe/Paris",
    "1999-12-31T00:00:00-05:00",
    "2024-01-02",
    "x",
]
DAYS_DURATIONS = ["P1D", "PT1H", "P1DT2H3M4S", "-P2D", "PT0S", "PT0.5S", "PT36H", "P400D", "-PT90M"]
MONTHS_DURATIONS = ["P1Y", "P1M", "P14M", "-P1Y2M", "P0Y", "P2Y6M", "P100Y"]
ZONES = ["Europe/Paris", "UTC", "America/New_York", "+02:00", "nowhere"]
FLAGS = ["i", "s", "m", "x", "im", ""]
NAMES = ["number", "string", "boolean", "list", "context", "date", "time", "date and time", "function", "Any", "foo"]
NAMES += ["days and time duration", "years and months duration"]

# Name, what it gives, what its parameters want. `*` repeats the last parameter.
BUILT_INS: list[tuple[str, str, list[str]]] = [
    ("not", BOOLEAN, [BOOLEAN]),
    *((name, BOOLEAN, [kinds]) for name in ("all", "any", "and", "or") for kinds in ("booleans",)),
    *((name, BOOLEAN, [BOOLEAN, "*"]) for name in ("all", "any")),
    ("is defined", BOOLEAN, [ANY]),
    ("get or else", ANY, [ANY, ANY]),
    ("assert", ANY, [ANY, BOOLEAN]),
    ("assert", ANY, [ANY, BOOLEAN, STRING]),
    ("string", STRING, [ANY]),
    ("number", NUMBER, ["numeral"]),
    ("number", NUMBER, ["numeral", "separator"]),
    ("number", NUMBER, ["numeral", "separator", "separator"]),
    ("to json", STRING, [ANY]),
    ("from json", ANY, ["json"]),
    ("to base64", STRING, [STRING]),
    *((name, NUMBER, [NUMBER]) for name in ("floor", "ceiling", "abs", "sqrt", "log", "exp")),
    ("abs", ANY, [DAYS]),
    *((name, NUMBER, [NUMBER, "scale"]) for name in ("floor", "ceiling", "decimal")),
    *((f"round {name}", NUMBER, [NUMBER, "scale"]) for name in ("up", "down", "half up", "half down")),
    ("decimal", NUMBER, [NUMBER, "scale", "mode"]),
    ("modulo", NUMBER, [NUMBER, NUMBER]),
    ("odd", BOOLEAN, [NUMBER]),
    ("even", BOOLEAN, [NUMBER]),
    *((name, NUMBER, ["numbers"]) for name in ("sum", "product", "mean", "median", "stddev", "min", "max")),
    *((name, NUMBER, [NUMBER, "*"]) for name in ("sum", "product", "mean", "median", "stddev", "min", "max", "mode")),
    ("mode", LIST, ["numbers"]),
    ("min", ANY, [LIST]),
    ("max", ANY, [LIST]),
    ("substring", STRING, [STRING, "index"]),
    ("substring", STRING, [STRING, "index", "index"]),
    ("string length", NUMBER, [STRING]),
    *((name, STRING, [STRING]) for name in ("upper case", "lower case", "trim")),
    ("is blank", BOOLEAN, [STRING]),
    *((name, STRING, [STRING, STRING]) for name in ("substring before", "substring after")),
    *((name, BOOLEAN, [STRING, STRING]) for name in ("contains", "starts with", "ends with")),
    ("matches", BOOLEAN, [STRING, "pattern"]),
    ("matches", BOOLEAN, [STRING, "pattern", "flags"]),
    ("replace", STRING, [STRING, "pattern", "replacement"]),
    ("replace", STRING, [STRING, "pattern", "replacement", "flags"]),
    ("split", LIST, [STRING, "pattern"]),
    ("extract", LIST, [STRING, "pattern"]),
    ("string join", STRING, ["strings"]),
    ("string join", STRING, ["strings", STRING]),
    ("string join", STRING, ["strings", STRING, STRING, STRING]),
    ("list contains", BOOLEAN, [LIST, ANY]),
    ("count", NUMBER, [LIST]),
    ("is empty", BOOLEAN, [LIST]),
    *((name, LIST, [LIST]) for name in ("reverse", "distinct values", "duplicate values", "flatten")),
    ("index of", LIST, [LIST, ANY]),
    ("append", LIST, [LIST, ANY, "*"]),
    *((name, LIST, [LIST, LIST, "*"]) for name in ("concatenate", "union")),
    ("insert before", LIST, [LIST, "index", ANY]),
    ("remove", LIST, [LIST, "index"]),
    ("sublist", LIST, [LIST, "index"]),
    ("sublist", LIST, [LIST, "index", "index"]),
    ("partition", LIST, [LIST, "index"]),
    ("sort", LIST, ["numbers", "precedes"]),
    ("get value", ANY, [CONTEXT, "key"]),
    ("get value", ANY, [CONTEXT, "strings"]),
    ("get entries", LIST, [CONTEXT]),
    ("context put", CONTEXT, [CONTEXT, "key", ANY]),
    ("context put", CONTEXT, [CONTEXT, "strings", ANY]),
    ("put", CONTEXT, [CONTEXT, "key", ANY]),
    ("context merge", CONTEXT, [CONTEXT, CONTEXT, "*"]),
    ("put all", CONTEXT, [CONTEXT, CONTEXT, "*"]),
    ("context", CONTEXT, ["entries"]),
    ("date", DATE, ["date text"]),
    ("date", DATE, [DATE_TIME]),
    ("date", DATE, ["year", "index", "index"]),
    ("time", TIME, ["time text"]),
    ("time", TIME, [DATE_TIME]),
    ("time", TIME, ["index", "index", "index"]),
    ("time", TIME, ["index", "index", "index", DAYS]),
    ("date and time", DATE_TIME, ["date and time text"]),
    ("date and time", DATE_TIME, [DATE, TIME]),
    ("date and time", DATE_TIME, [DATE_TIME, "zone"]),
    ("duration", DAYS, ["duration text"]),
    ("years and months duration", MONTHS, [DATE, DATE]),
    *(
        (name, ANY, [DATE])
        for name in ("day of week", "day of year", "week of year", "month of year", "last day of month")
    ),
    *((name, BOOLEAN, ["point", "point"]) for name in ("before", "after", "coincides")),
    *(
        (name, BOOLEAN, [RANGE, RANGE])
        for name in ("before", "after", "meets", "met by", "overlaps", "overlaps before")
    ),
    *((name, BOOLEAN, [RANGE, RANGE]) for name in ("overlaps after", "finishes", "finished by", "includes", "during")),
    *((name, BOOLEAN, [RANGE, RANGE]) for name in ("starts", "started by", "coincides")),
    *((name, BOOLEAN, ["point", RANGE]) for name in ("before", "after", "finishes", "during", "starts")),
    *((name, BOOLEAN, [RANGE, "point"]) for name in ("before", "after", "finished by", "includes", "started by")),
]


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


class Expressions:
    """A source of questions; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.by_type: dict[str, list[tuple[str, str, list[str]]]] = {}
        for built_in in BUILT_INS:
            self.by_type.setdefault(built_in[1], []).append(built_in)
        self.scope: list[str] = []
        self.input = False
        self.makers: dict[str, list[Callable[[int], str]]] = {
            NUMBER: [self.arithmetic, self.path_to_number, self.negation, self.power, self.property],
            STRING: [self.concatenation, self.path_to_string],
            BOOLEAN: [
                self.comparison,
                self.comparison,
                self.equality,
                self.logic,
                self.between,
                self.membership,
                self.quantified,
                self.instance,
            ],
            LIST: [self.list_literal, self.list_literal, self.filter, self.loop, self.path_over_list],
            CONTEXT: [self.context_literal, self.context_literal, self.indexed_context],
            DATE: [self.temporal_arithmetic(DATE)],
            TIME: [self.temporal_arithmetic(TIME)],
            DATE_TIME: [self.temporal_arithmetic(DATE_TIME)],
            DAYS: [self.duration_arithmetic(DAYS), self.difference],
            MONTHS: [self.duration_arithmetic(MONTHS)],
            NULL: [],
        }

    def question(self) -> Question:
        """Make an expression with its context."""
        self.scope = []
        unary = self.random.random() < 0.08
        self.input = unary
        depth = self.random.choice([1, 1, 2, 2, 3, 3, 4])
        context = self.variables()
        if unary:
            context["cellInput"] = self.random.choice([5, "foo", True, None, [1, 2], {"a": 1}, 2.5])
            return {"expression": self.tests(depth), "context": context, "unary": True}
        return {"expression": self.any(depth), "context": context}

    def variables(self) -> dict[str, object]:
        pick = self.random.choice
        return {
            "n": pick([0, 1, 5, -3, 42]),
            "d": pick([0.5, 1.25, -2.0, 100.0, 1e21, 3.14159]),
            "s": pick(["", "foo", "Hello World", "a,b"]),
            "b": pick([True, False]),
            "z": None,
            "l": pick([[], [1, 2, 3], [3, 1, 2, 2], [1, "a", None], [0.5, 2]]),
            "ls": pick([["a", "b"], ["foo", "bar", "foo"], []]),
            "lc": pick([[{"a": 1, "b": "x"}, {"a": 2}, {"b": None}], [{"a": 5, "item": 7}], [{"n": 1}, 2, None]]),
            "c": pick([{"a": 1, "b": {"c": "deep"}, "s": "t"}, {}, {"a": None}, {"a": [1, 2], "x y": 3}]),
            "m": pick([[[1, 2], [3]], [[], [[4]]]]),
        }

    # --- choosing

    def any(self, depth: int) -> str:
        return self.of(self.random.choice(TYPES[:-1]), depth)

    def of(self, kind: str, depth: int) -> str:
        """Make an expression of a type, now and then of another."""
        chance = self.random.random()
        if kind == ANY or chance < 0.06:
            kind = self.random.choice(TYPES)
        elif chance < 0.07:
            return self.random.choice(["missing", "c.missing", "foo(1)", "null", "z", "missing.a.b", "lc[9].a"])
        if depth <= 0:
            return self.leaf(kind)
        chance = self.random.random()
        if chance < 0.08:
            return self.conditional(kind, depth)
        if chance < 0.12:
            return f"({self.of(kind, depth - 1)})"
        makers = self.makers[kind]
        known = self.by_type.get(kind, []) + self.by_type[ANY]
        if chance < 0.5 or not makers:
            return self.call(self.random.choice(known), depth)
        return self.random.choice(makers)(depth)

    def leaf(self, kind: str) -> str:
        pick = self.random.choice
        if self.scope and self.random.random() < 0.3:
            return pick(self.scope)
        if self.input and self.random.random() < 0.15:
            return "?"
        if kind == NUMBER:
            return pick([*NUMBERS, "n", "d", "c.a", "l[1]"])
        if kind == STRING:
            return pick([*map(_quoted, STRINGS), "s", "ls[1]", "c.s"])
        if kind == BOOLEAN:
            return pick(["true", "false", "b"])
        if kind == LIST:
            return pick(
                [
                    "l",
                    "ls",
                    "lc",
                    "m",
                    "[]",
                    "[1, 2, 3]",
                    '["a", "b", "a"]',
                    "[true, null]",
                    "[[1], [2, [3]]]",
                    "[5, 1.5, 5]",
                ]
            )
        if kind == CONTEXT:
            return pick(["c", "{}", "{a: 1}", "{a: 1, b: 2, c: 3}", '{"x y": 1, s: "t"}', "lc[1]", "{a: {b: {c: 1}}}"])
        if kind == DATE:
            return f'date("{pick(DATES)}")' if self.random.random() < 0.7 else f'@"{pick(DATES)}"'
        if kind == TIME:
            return f'time("{pick(TIMES)}")' if self.random.random() < 0.7 else f'@"{pick(TIMES)}"'
        if kind == DATE_TIME:
            return f'date and time("{pick(DATE_TIMES)}")' if self.random.random() < 0.7 else f'@"{pick(DATE_TIMES)}"'
        if kind == DAYS:
            return f'duration("{pick(DAYS_DURATIONS)}")' if self.random.random() < 0.7 else f'@"{pick(DAYS_DURATIONS)}"'
        if kind == MONTHS:
            return f'duration("{pick(MONTHS_DURATIONS)}")'
        return "null"

    def argument(self, kind: str, depth: int) -> str:
        """Make the argument of a built-in: a type, or one of the special kinds."""
        pick = self.random.choice
        if kind in self.makers or kind == ANY:
            return self.of(kind, depth)
        if self.random.random() < 0.05:
            return self.of(ANY, 0)
        if kind == "booleans":
            return f"[{', '.join(self.of(BOOLEAN, 0) for _ in range(pick([0, 1, 2, 3])))}]"
        if kind == "numbers":
            return f"[{', '.join(self.of(NUMBER, 0) for _ in range(pick([0, 1, 2, 3, 4])))}]"
        if kind == "strings":
            return f"[{', '.join(pick([*map(_quoted, ['a', 'b', 'c', '']), 's']) for _ in range(pick([0, 1, 2, 3])))}]"
        if kind == "numeral":
            return pick(['"1"', '"1.50"', '"1,000.5"', '"1.000,5"', '"x"', '"-3"', '"1e3"', '" 5"', '"1 000"'])
        if kind == "separator":
            return pick(['","', '"."', '" "', "null", '"x"'])
        if kind == "json":
            return pick(
                ['"1"', '"[1, 2.50, null]"', '"true"', '"x"', '"null"', '"1.0"', '""', r'"\"a\""', r'"{\"a\": 1}"']
            )
        if kind == "base64":
            return pick(['"Zm9v"', '"Zm9vYg=="', '"?"', '""'])
        if kind == "scale":
            return pick(["0", "1", "2", "-1", "5", "n", "1.5", "6177"])
        if kind == "mode":
            return pick(['"half_even"', '"up"', '"DOWN"', '"half_up"', '"floor"', '"x"', '"ceiling"', '"unnecessary"'])
        if kind == "index":
            return pick(["0", "1", "2", "3", "-1", "-2", "10", "1.5", "n", "12", "59"])
        if kind == "year":
            return pick(["2024", "1", "-5", "0", "99999", "2023.5", "1000000000"])
        if kind == "pattern":
            return f'"{pick(PATTERNS)}"'
        if kind == "replacement":
            return _quoted(pick(REPLACEMENTS))
        if kind == "flags":
            return _quoted(pick(FLAGS))
        if kind == "precedes":
            return pick(["function(x, y) x < y", "function(x, y) x > y", "function(a, b) a = b", "function(x) x"])
        if kind == "key":
            return pick(['"a"', '"b"', '"x y"', '"missing"', '"c"'])
        if kind == "entries":
            return pick(
                ['[{key: "a", value: 1}]', "[]", '[{key: "a", value: 1}, {key: "b", value: null}]', "[{key: 1}]", "[1]"]
            )
        if kind == "zone":
            return _quoted(pick(ZONES))
        if kind == "date text":
            return _quoted(pick(DATES))
        if kind == "time text":
            return _quoted(pick(TIMES))
        if kind == "date and time text":
            return _quoted(pick(DATE_TIMES))
        if kind == "duration text":
            return _quoted(pick(DAYS_DURATIONS + MONTHS_DURATIONS + ["x", "P1Y1D", "P", "1"]))
        if kind == RANGE:
            return self.range()
        if kind == "point":
            return pick(["1", "5", "10", '"c"', self.leaf(DATE), self.leaf(DATE_TIME)])
        raise ValueError(kind)

    # --- parts

    def call(self, built_in: tuple[str, str, list[str]], depth: int) -> str:
        name, _, kinds = built_in
        if kinds[-1:] == ["*"]:
            kinds = kinds[:-1] + [kinds[-2]] * self.random.choice([0, 0, 1, 2])
        arguments = [self.argument(kind, depth - 1) for kind in kinds]
        if self.random.random() < 0.02:
            arguments.append(self.leaf(NUMBER))
        return f"{name}({', '.join(arguments)})"

    def range(self) -> str:
        pick = self.random.choice
        points = pick(
            [["1", "5", "10", "-3", "7.5"], ['"a"', '"c"', '"z"'], [self.leaf(DATE), self.leaf(DATE)], ["n", "d", "5"]]
        )
        return f"{pick('[[(]')}{pick(points)}..{pick(points)}{pick(']])[')}"

    def conditional(self, kind: str, depth: int) -> str:
        condition, then, otherwise = self.of(BOOLEAN, depth - 1), self.of(kind, depth - 1), self.of(kind, depth - 1)
        return f"(if {condition} then {then} else {otherwise})"

    def arithmetic(self, depth: int) -> str:
        operator = self.random.choice(["+", "-", "*", "/"])
        return f"{self.operand(NUMBER, depth)} {operator} {self.operand(NUMBER, depth)}"

    def operand(self, kind: str, depth: int) -> str:
        """Make a side of an operator, in parentheses if it is more than a word."""
        text = self.of(kind, depth - 1)
        return text if self.random.random() < 0.3 or text.replace("_", "").isalnum() else f"({text})"

    def power(self, depth: int) -> str:
        return f"{self.operand(NUMBER, depth)} ** {self.random.choice(['2', '3', '0', '-1', '0.5', '10', 'n'])}"

    def negation(self, depth: int) -> str:
        return f"-{self.operand(NUMBER, depth)}"

    def property(self, depth: int) -> str:
        kind = self.random.choice([DATE, TIME, DATE_TIME, DAYS, MONTHS])
        names = [
            "year",
            "month",
            "day",
            "weekday",
            "hour",
            "minute",
            "second",
            "timezone",
            "days",
            "hours",
            "minutes",
            "seconds",
            "years",
            "months",
            "foo",
        ]
        name = self.random.choice([*names, "`time offset`"])
        return f"{self.operand(kind, depth)}.{name}"

    def path_to_number(self, depth: int) -> str:
        return f"{self.operand(CONTEXT, depth)}.{self.random.choice(['a', 'b', 'n', 'missing'])}"

    def path_to_string(self, _: int) -> str:
        return self.random.choice(["c.b.c", "c.s", "c.`x y`", "lc[1].b", "c.b", "lc.b"])

    def path_over_list(self, depth: int) -> str:
        return f"{self.operand(LIST, depth)}.{self.random.choice(['a', 'b', 'item'])}"

    def concatenation(self, depth: int) -> str:
        return f"{self.operand(STRING, depth)} + {self.operand(STRING, depth)}"

    def comparison(self, depth: int) -> str:
        kind = self.random.choice(COMPARABLE)
        operator = self.random.choice(["<", "<=", ">", ">="])
        return f"{self.operand(kind, depth)} {operator} {self.operand(kind, depth)}"

    def equality(self, depth: int) -> str:
        kind = self.random.choice(TYPES)
        return f"{self.operand(kind, depth)} {self.random.choice(['=', '!='])} {self.operand(kind, depth)}"

    def logic(self, depth: int) -> str:
        operator = self.random.choice([" and ", " or "])
        return operator.join(self.operand(BOOLEAN, depth) for _ in range(self.random.choice([2, 2, 3])))

    def between(self, depth: int) -> str:
        kind = self.random.choice(COMPARABLE)
        sides = [self.operand(kind, depth) for _ in range(3)]
        return f"{sides[0]} between {sides[1]} and {sides[2]}"

    def instance(self, depth: int) -> str:
        return f"{self.operand(ANY, depth)} instance of {self.random.choice(NAMES)}"

    def membership(self, depth: int) -> str:
        value = self.operand(self.random.choice([NUMBER, NUMBER, STRING, DATE]), depth)
        outer, self.input = self.input, True
        test = f"({self.tests(depth - 1)})" if self.random.random() < 0.6 else self.test(depth - 1)
        self.input = outer
        return f"{value} in {test}"

    def tests(self, depth: int) -> str:
        return ", ".join(self.test(depth) for _ in range(self.random.choice([1, 1, 2, 3])))

    def test(self, depth: int) -> str:
        chance = self.random.random()
        if chance < 0.25:
            return f"{self.random.choice(['<', '<=', '>', '>='])} {self.operand(NUMBER, depth)}"
        if chance < 0.45:
            return self.range()
        if chance < 0.6:
            return f"? {self.random.choice(['<', '>', '=', '!='])} {self.operand(NUMBER, depth)}"
        return self.operand(self.random.choice([NUMBER, STRING, LIST, BOOLEAN, DATE]), depth)

    def within(self, names: list[str], kind: str, depth: int) -> str:
        self.scope.extend(names)
        text = self.of(kind, depth)
        del self.scope[-len(names) :]
        return text

    def iterators(self, depth: int) -> tuple[str, list[str]]:
        parts = []
        names = []
        for name in ["i", "j"][: self.random.choice([1, 1, 2])]:
            source = self.random.choice(["1..3", "3..1", "n..2", "0..1.5"]) if self.random.random() < 0.3 else None
            parts.append(f"{name} in {source or self.operand(LIST, depth)}")
            names.append(name)
        return ", ".join(parts), names

    def loop(self, depth: int) -> str:
        iterators, names = self.iterators(depth)
        body = self.within([*names, "partial"][: self.random.choice([1, 2, 3])], ANY, depth - 1)
        return f"(for {iterators} return {body})"

    def quantified(self, depth: int) -> str:
        iterators, names = self.iterators(depth)
        word = self.random.choice(["some", "every"])
        return f"({word} {iterators} satisfies {self.within(names, BOOLEAN, depth - 1)})"

    def filter(self, depth: int) -> str:
        source = self.operand(LIST, depth)
        names = ["item", "a", "b", "item.a"][: self.random.choice([1, 2, 4])]
        if self.random.random() < 0.25:
            condition = self.random.choice(["1", "-1", "2", "0", "n", "item", "count(l)", "b", "10", "1.5"])
        else:
            condition = self.within(names, BOOLEAN, depth - 1)
        return f"{source}[{condition}]"

    def list_literal(self, depth: int) -> str:
        return f"[{', '.join(self.of(ANY, depth - 1) for _ in range(self.random.choice([0, 1, 2, 3])))}]"

    def context_literal(self, depth: int) -> str:
        entries = []
        made: list[str] = []
        for key in self.random.sample(["a", "b", "c", "k", "x y"], self.random.choice([0, 1, 2, 3])):
            if self.random.random() < 0.12:
                body = self.within(["p"], ANY, depth - 1)
                entries.append(f"{key}: function(p) {body}")
                if " " not in key and self.random.random() < 0.7:
                    entries.append(f"{key}r: {key}({self.leaf(NUMBER)})")
            else:
                entries.append(f"{key}: {self.within(made or ['n'], ANY, depth - 1)}")
                if " " not in key:
                    made.append(key)
        return "{" + ", ".join(entries) + "}"

    def indexed_context(self, depth: int) -> str:
        return f"[{self.of(CONTEXT, depth - 1)}][1]"

    def temporal_arithmetic(self, kind: str) -> Callable[[int], str]:
        def make(depth: int) -> str:
            duration = self.random.choice([DAYS, MONTHS])
            return f"{self.operand(kind, depth)} {self.random.choice('+-')} {self.operand(duration, depth)}"

        return make

    def duration_arithmetic(self, kind: str) -> Callable[[int], str]:
        def make(depth: int) -> str:
            if self.random.random() < 0.5:
                return f"{self.operand(kind, depth)} {self.random.choice('+-/')} {self.operand(kind, depth)}"
            return f"{self.operand(kind, depth)} {self.random.choice('*/')} {self.operand(NUMBER, depth)}"

        return make

    def difference(self, depth: int) -> str:
        kind = self.random.choice([DATE, TIME, DATE_TIME])
        return f"{self.operand(kind, depth)} - {self.operand(kind, depth)}"
