"""The list of the journal's events, with who asked for each: an auditor's, or one thing's history.

It is as long as the views have read, and served by routes of its own.
"""

from typing import Final

from ledger.views.lists.declaration import Filter, Listing, equal, of

_RIGHTS = "'title_issued', 'title_transferred', 'hold_placed', 'hold_released', 'custody_moved'"
_NODE_OF_UNIT = "(SELECT u.node FROM views.units u WHERE u.unit = %(unit)s)"

EVENTS = Listing(
    columns=of("e", "position stream version topic")
    | {"at_ns": "(e.event->>'at_ns')::bigint"}
    | of("e", "event")
    | of("c", "party principal op label"),
    source="""(SELECT notification_id AS position, originator_id AS stream,
                     originator_version AS version, topic, state,
                     convert_from(state, 'UTF8')::jsonb AS event
              FROM public.stored_events) e
        LEFT JOIN public.commands c
            ON c.first_position = coalesce((e.event->>'cause')::bigint, e.position)""",
    key="e.position",
    since="e.position",
    nested=frozenset(("event",)),
    filters=equal({"stream": "e.stream", "topic": "e.topic"})
    | {
        "from_position": Filter("e.position >= %(from_position)s", value_type=int),
        "to_position": Filter("e.position <= %(to_position)s", value_type=int),
        # a unit's life: its own stream, and its board's rights and leases
        "unit": Filter(f"""(e.stream = 'unit:' || %(unit)s
            OR (e.stream = 'node:' || {_NODE_OF_UNIT} AND e.topic IN ({_RIGHTS}))
            OR e.stream IN (SELECT 'lease:' || l.lease FROM views.leases l
                            WHERE l.node = {_NODE_OF_UNIT}
                            AND (l.units = '[]' OR l.units ? %(unit)s)))"""),
        "board": Filter("""(e.stream = 'node:' || %(board)s
            OR e.stream IN (SELECT 'lease:' || l.lease FROM views.leases l
                            WHERE l.node = %(board)s))"""),
    },
)

# Newest first; each of these filters looks at every row between two positions, and at no other.
FOUND: Final = EVENTS._replace(
    is_newest_first=True,
    filters=equal({"topic": "e.topic", "party": "c.party"})
    | {
        "from_position": EVENTS.filters["from_position"],
        "to_position": EVENTS.filters["to_position"],
        # as the stored bytes have it, between its quotation marks: a whole value, not a part of one
        "quoted": Filter("position(convert_to(%(quoted)s, 'UTF8') in e.state) > 0"),
    },
)
