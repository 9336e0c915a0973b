"""The lists of what was asked and done: proposals, holds, and the journal itself."""

from ledger.views.lists.thing_listings import Listing

PROPOSALS = Listing(
    rows="""
        SELECT z.proposal, z.op, z.party, z.principal, z.reference, z.expires_ns, z.needs, z.args,
               z.state,
               (SELECT coalesce(jsonb_agg(jsonb_build_object('party', a.party,
                    'principal', a.principal, 'verdict', a.verdict, 'position', a.position)
                    ORDER BY a.position), '[]')
                FROM views.approvals a WHERE a.proposal = z.proposal) AS approvals,
               z.position, z.at_ns
        FROM views.proposals z""",
    key="z.position",
    born="z.position",
    clauses={
        "party": "(z.party = %(party)s OR z.needs ? ('party:' || %(party)s))",
        "proposal": "z.proposal = %(proposal)s",
        "state": "z.state = %(state)s",
    },
    is_newest_first=True,
    at_ns="z.at_ns",
)

HOLDS = Listing(
    rows="SELECT h.* FROM views.holds h",
    key="h.position",
    born="h.position",
    clauses={"hold": "h.hold = %(hold)s", "subject": "h.subject = %(subject)s"},
)

_RIGHTS = "'title_issued', 'title_transferred', 'hold_placed', 'hold_released', 'custody_moved'"

EVENTS = Listing(
    rows="""
        SELECT e.position, e.stream, e.version, e.topic, (e.event->>'at_ns')::bigint AS at_ns,
               e.event, c.party, c.principal, c.op, c.label
        FROM (SELECT notification_id AS position, originator_id AS stream,
                     originator_version AS version, topic,
                     convert_from(state, 'UTF8')::jsonb AS event
              FROM public.stored_events) e
        LEFT JOIN public.commands c
            ON c.first_position = coalesce((e.event->>'cause')::bigint, e.position)""",
    key="e.position",
    born="e.position",
    clauses={
        "stream": "e.stream = %(stream)s",
        "topic": "e.topic = %(topic)s",
        "from_position": "e.position >= %(from_position)s",
        "to_position": "e.position <= %(to_position)s",
        # a unit's life: its own stream, and its board's rights and leases
        "unit": f"""(e.stream = 'unit:' || %(unit)s
            OR (e.stream = 'node:' || %(node)s AND e.topic IN ({_RIGHTS}))
            OR e.stream IN (SELECT 'lease:' || l.lease FROM views.leases l
                            WHERE l.node = %(node)s
                            AND (l.units = '[]' OR l.units ? %(unit)s)))""",
        "board": """(e.stream = 'node:' || %(board)s
            OR e.stream IN (SELECT 'lease:' || l.lease FROM views.leases l
                            WHERE l.node = %(board)s))""",
    },
)
