"""Searches, declared as tables: what a row shows, how it is filtered and sorted, and which page is asked for."""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from connectory_engine.gateway.kinds import Condition, Kind
from connectory_engine.gateway.problems import Problem, invalid
from connectory_engine.gateway.shapes import Check, Field, Shape, int32, list_of, needed, one_of, text

MOST = 10_000
DEFAULT_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Column:
    """One property of the rows of a search."""

    name: str
    kind: Kind
    get: Callable[[Any], Any]
    filtered: bool
    sorted: bool
    shown: bool


def column(name: str, kind: Kind, get: Callable[[Any], Any], use: str = "") -> Column:
    """Declare a column; `use` may say `filter`, `sort` and `hidden`."""
    words = use.split()
    return Column(name, kind, get, "filter" in words, "sort" in words, "hidden" not in words)


class Filter:
    """A checked filter: rows pass when every condition holds, and one of the alternatives if there are any."""

    def __init__(self, conditions: list[tuple[str, Callable[[Any], bool]]], exact: dict[str, Any]) -> None:
        self.conditions = [condition for _, condition in conditions]
        self.exact = exact

    def __call__(self, row: Any) -> bool:
        """Tell whether a row passes."""
        return all(condition(row) for condition in self.conditions)


class Table:
    """The rows of one search; `key` names the column that tells rows apart and is the last sort criterion.

    `extra` are filter properties that are no column: a check that gives the test of a row.
    """

    def __init__(
        self,
        *columns: Column,
        key: str,
        extra: Mapping[str, Check] | None = None,
        alternatives: bool = False,
    ) -> None:
        self.columns = {c.name: c for c in columns}
        self.key = self.columns[key]
        self.shown = [(c.name, c.get, c.kind.show) for c in columns if c.shown]
        self.extra = dict(extra or {})
        self._filters = {c.name: c.kind.condition() for c in columns if c.filtered}
        fields: dict[str, Check | Field] = {**self._filters, **self.extra}
        plain = Shape(fields)
        if alternatives:
            fields = {**fields, "$or": list_of(lambda value, path: self._filter(plain(value, path)))}
        self._fields = Shape(fields)
        self._sort = Shape(
            {
                "field": needed(one_of(*(c.name for c in columns if c.sorted)), name="sort field"),
                "order": one_of("ASC", "DESC", "asc", "desc"),
            }
        )
        self.query = self._query(self.filter)

    def _query(self, filter_: Check) -> Shape:
        return Shape({"filter": filter_, "sort": list_of(self._sort), "page": PAGE})

    def narrowed(self, *names: str) -> Shape:
        """Give the check of a query that filters by some of the columns alone."""
        some = Shape({name: self._filters[name] for name in names})
        return self._query(lambda value, path: self._filter(some(value, path)))

    def item(self, row: Any) -> dict[str, Any]:
        """Show a row."""
        return {name: show(get(row)) for name, get, show in self.shown}

    def filter(self, value: Any, path: str) -> Filter:
        """Check the filter of a query."""
        return self._filter(self._fields(value, path))

    def _filter(self, checked: dict[str, Any]) -> Filter:
        conditions: list[tuple[str, Callable[[Any], bool]]] = []
        exact: dict[str, Any] = {}
        for name, test in checked.items():
            if name == "$or":
                if test:
                    conditions.append((name, _any_of(test)))
            elif name in self._filters:
                if isinstance(test, Condition) and test.equals is not None:
                    exact[name] = test.equals
                conditions.append((name, _on(self.columns[name].get, test)))
            else:
                conditions.append((name, test))
        return Filter(conditions, exact)

    def answer(
        self, rows: Iterable[Any], query: dict[str, Any], item: Callable[[Any], Any] | None = None
    ) -> dict[str, Any]:
        """Give one page of the rows that pass the filter of a checked query."""
        wanted: Filter | None = query.get("filter")
        found = [row for row in rows if wanted(row)] if wanted else list(rows)
        order = [(self.columns[s["field"]].get, s.get("order", "ASC").upper() == "DESC") for s in query.get("sort", ())]
        found.sort(key=self.key.get)
        for get, descending in reversed(order):
            found.sort(key=lambda row, get=get: _present(get(row)), reverse=descending)  # type: ignore[misc]
            if descending:
                found.sort(key=lambda row, get=get: get(row) is None)  # type: ignore[misc]
        order.append((self.key.get, False))
        begin, end = _bounds(found, order, query.get("page", {}))
        page = found[begin:end]
        show = item or self.item
        return {
            "items": [show(row) for row in page],
            "page": {
                "totalItems": len(found),
                "hasMoreTotalItems": False,
                "startCursor": _cursor(page[0], order) if page else None,
                "endCursor": _cursor(page[-1], order) if page else None,
            },
        }


Order = list[tuple[Callable[[Any], Any], bool]]


def _on(get: Callable[[Any], Any], test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda row: test(get(row))


def _any_of(filters: list[Filter]) -> Callable[[Any], bool]:
    return lambda row: any(wanted(row) for wanted in filters)


def _present(value: Any) -> tuple[bool, Any]:
    """Sort values that are missing behind all others."""
    return (True, 0) if value is None else (False, value)


def _page(value: Any, path: str) -> dict[str, Any]:
    checked = _PAGE_FIELDS(value, path)
    if sum(name in checked for name in ("from", "after", "before")) > 1:
        raise invalid("Only one of [from, after, before] is allowed.")
    return checked


def _within(name: str, value: int) -> str | None:
    return None if 0 <= value <= MOST else f"The value for {name} is '{value}' but must be within the [0,{MOST}] range."


def _offset(name: str, value: int) -> str | None:
    return None if value >= 0 else f"The value for {name} is '{value}' but must be not negative."


_PAGE_FIELDS = Shape(
    {
        "limit": Field(int32, rule=lambda _, value: _within("page.limit", value)),
        "from": Field(int32, rule=lambda _, value: _offset("page.from", value)),
        "after": text,
        "before": text,
    }
)
PAGE: Check = _page
FORWARD_PAGE = Shape({"limit": _PAGE_FIELDS.fields["limit"], "after": text})


def _cursor(row: Any, order: Order) -> str:
    return base64.b64encode(orjson.dumps([get(row) for get, _ in order])).decode()


def _bounds(rows: list[Any], order: Order, page: dict[str, Any]) -> tuple[int, int]:
    limit = page.get("limit", DEFAULT_LIMIT)
    if "after" in page:
        begin = _position(rows, order, page["after"], behind=True)
        return begin, begin + limit
    if "before" in page:
        end = _position(rows, order, page["before"], behind=False)
        return max(0, end - limit), end
    begin = page.get("from", 0)
    return begin, begin + limit


def _position(rows: list[Any], order: Order, cursor: str, *, behind: bool) -> int:
    """Find the first row behind, or at, the place that a cursor marks."""
    refused = Problem(400, f"Cannot decode pagination cursor '{cursor}'", title="INVALID_ARGUMENT")
    try:
        place = orjson.loads(base64.b64decode(cursor, validate=True))
    except (binascii.Error, ValueError):
        raise refused from None
    if not isinstance(place, list) or len(place) != len(order):
        raise refused

    def compare(row: Any) -> int:
        for (get, descending), mark in zip(order, place, strict=True):
            value = get(row)
            if value == mark:
                continue
            if value is None or mark is None:
                return 1 if value is None else -1
            return 1 if (value > mark) is not descending else -1
        return 0

    low, high = 0, len(rows)
    try:
        while low < high:
            middle = (low + high) // 2
            if (sign := compare(rows[middle])) < 0 or (sign == 0 and behind):
                low = middle + 1
            else:
                high = middle
    except TypeError:
        raise refused from None
    return low
