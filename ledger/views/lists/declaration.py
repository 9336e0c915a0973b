"""What a list of the views is: one declaration, from which its SQL, its route and its page derive.

It says its columns and where they come from, what may narrow it, how it is ordered, under which
path it is served, who may see it, and what is said when a record is not there. A new list is a new
declaration in one of the files beside this one, and nothing else.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from ledger.refusals import Reason
from ledger.views.lists.filter_values import FilterKind


class Filter(NamedTuple):
    """A condition that narrows a list when its value is given."""

    condition: str  # SQL in which %(name)s is the value
    kind: FilterKind | None = None  # which values it takes from outside; None: only this house asks
    value_type: type[str] | type[int] = str


class ListPath(NamedTuple):
    """Where a list is served, and to whom."""

    path: str
    summary: str
    filters: tuple[str, ...] = ()  # the query members that it takes, of the listing's filters
    scopes: tuple[str, ...] = ("read",)
    rows: Literal["own", "all", "public"] = "own"  # own: the party's alone, but for oversight


class RecordPath(NamedTuple):
    """Where one row of a list is served: the last part of the path names it."""

    path: str
    summary: str
    unknown: Reason  # refused when there is none that the caller may see
    filter: str  # of the listing's filters: the one that the path's last part is
    prefixes: Mapping[str, str] = {}  # a last part that begins so is another filter's value
    scopes: tuple[str, ...] = ("read",)

    @property
    def part(self) -> str:
        """The name of the path's last part: `order` of `/v1/orders/{order}`."""
        return self.path.rpartition("{")[2].rstrip("}")

    def values(self, part: str) -> dict[str, str]:
        """The filter, and its value, that a last part stands for."""
        for prefix, name in self.prefixes.items():
            if part.startswith(prefix):
                return {name: part.removeprefix(prefix)}
        return {self.filter: part}


class Listing(NamedTuple):
    """One list: its columns by their names on the wire, in the order of the wire."""

    columns: Mapping[str, str]  # name -> SQL expression
    source: str  # what stands behind FROM
    key: str  # orders the rows: unique, and ascending with time or name
    since: str  # the position from which a row is there: a cursor pins it
    filters: Mapping[str, Filter]
    is_newest_first: bool = False
    at_ns: str = ""  # what `from` and `to` compare; "": they do not narrow this list
    nested: frozenset[str] = frozenset()  # columns of JSON whose own members may end in `_ns`
    served: ListPath | None = None
    record: RecordPath | None = None

    def select(self, conditions: list[str], limit: str) -> str:
        """SQL for each row's key and its JSON text, in order."""
        return (
            f"SELECT {self.key} AS key, row_to_json(shown)::text AS json FROM {self.source}"
            f" CROSS JOIN LATERAL (SELECT {self._columns()}) AS shown{_where(conditions)}"
            f" ORDER BY {self.key} {'DESC' if self.is_newest_first else 'ASC'} LIMIT {limit}"
        )

    def embedded(self, condition: str, limit: int) -> str:
        """SQL for the rows under a condition as one JSON array, oldest first."""
        rows = self.select([condition], str(limit))
        return f"(SELECT coalesce(json_agg(json::json ORDER BY key), '[]') FROM ({rows}) AS r)"

    def _columns(self) -> str:
        return ", ".join(
            f'{_on_the_wire(name, expression, name in self.nested)} AS "{name}"'
            for name, expression in self.columns.items()
        )


def of(table: str, names: str) -> dict[str, str]:
    """Columns that a list shows as its table has them: *table* is the alias, *names* in order."""
    return {name: f'{table}."{name}"' for name in names.split()}


def equal(columns: Mapping[str, str], **kinds: FilterKind) -> dict[str, Filter]:
    """Filters that ask for one value of a column: name -> column, name -> what it takes."""
    return {
        name: Filter(f"{column} = %({name})s", kinds.get(name)) for name, column in columns.items()
    }


def with_rows(listing: Listing, **columns: str) -> Listing:
    """The same list with more columns at the end of each row."""
    more: dict[str, Any] = {**listing.columns, **columns}
    return listing._replace(columns=more)


def _on_the_wire(name: str, expression: str, is_nested: bool) -> str:
    """A column in its wire form: what is named `_ns` is decimal text, at any depth (WIRE 1)."""
    if name.endswith("_ns"):
        return f"({expression})::text"
    if is_nested:
        return _NESTED.format(expression=expression)
    return expression


# In the text of a `jsonb` a quotation mark inside a string has a backslash before it, so `_ns": `
# ends a member's name and nothing else; a whole number behind it ends at a comma or a brace.
_NESTED = """regexp_replace(({expression})::text,
    '(_ns": )(-?[0-9]+)(?=[,}}])', '\\1"\\2"', 'g')::json"""


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""
