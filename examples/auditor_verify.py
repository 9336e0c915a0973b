"""An auditor: believe nothing. Signatures, titles and books from the journal's rows alone.

    python examples/auditor_verify.py "$(gpubourse audit psql --json | python -c \
        'import json, sys; print(json.load(sys.stdin)["dsn"])')"

Plain SQL and Ed25519: no file of gpubourse is used. `gpubourse audit verify` checks far more.
"""

import argparse
import base64
import hashlib
import json
import sys

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EVENTS = """SELECT notification_id, originator_id, originator_version, topic, state
            FROM stored_events WHERE notification_id <= %s ORDER BY notification_id"""
COMMANDS = """SELECT first_position, principal, signed, signature FROM commands
              WHERE first_position <= %s ORDER BY first_position"""


def raw(text: str) -> bytes:
    """The bytes behind base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def main(dsn: str) -> None:
    """Read each event once; end with an AssertionError at the first thing that is not so."""
    with psycopg.connect(dsn) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        (head,) = connection.execute("SELECT position FROM views.progress").fetchone() or (0,)
        commands = {row[0]: row[1:] for row in connection.execute(COMMANDS, [head])}
        versions: dict[str, int] = {}
        keys: dict[str, str] = {}  # principal -> public key
        owners: dict[str, str] = {}  # thing -> party
        signed = 0
        rows = connection.execute(EVENTS, [head])
        for expected, (position, stream, version, topic, state) in enumerate(rows, 1):
            assert position == expected, f"a gap before position {position}"
            assert version == versions.get(stream, 0) + 1, f"{stream} has a gap"
            versions[stream] = version
            event = json.loads(bytes(state))
            if position in commands:
                principal, document, signature = commands[position]
                digest = hashlib.sha256(document).digest()
                assert raw(event["command_sha256"]) == digest, f"{position}: another command"
                if signature:  # without one a command rode on a signed session
                    key = Ed25519PublicKey.from_public_bytes(raw(keys[principal]))
                    key.verify(signature, document)  # raises InvalidSignature
                    signed += 1
            if topic == "principal_enrolled":
                keys[event["principal"]] = event["public_key"]
            elif topic in {"title_issued", "title_transferred"}:
                thing = event.get("node") or event["unit"]
                owners[thing] = event.get("holder") or event["to_party"]
        assert sum(versions.values()) == head, "events are missing at the end"
        holdings: dict[str, str] = dict(
            connection.execute("SELECT thing, party FROM holdings").fetchall()
        )
        assert holdings == owners, "the register names other owners than the journal"
        (books,) = connection.execute(
            "SELECT sum(balance_minor) FROM trial_balance"
        ).fetchone() or (None,)
        assert not books, f"the books sum to {books}"
    print(f"{head} positions without a gap, {len(versions)} streams")
    print(f"{signed} signatures hold")
    print(f"{len(owners)} titles are those of the register; the books sum to 0")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("dsn")
    try:
        main(parser.parse_args().dsn)
    except psycopg.OperationalError as error:  # no such database, or nobody who may read it
        sys.exit(str(error))
