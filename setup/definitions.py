"""Makes sql/definitions.json: what sql/ makes in an empty database, for `audit verify` to compare.

`python -m setup.definitions` starts the embedded PostgreSQL in a folder that goes again.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.definitions.release_facts import FILE, Definitions
from ledger.embedded.embedded_server import EmbeddedPostgres
from ledger.embedded.server_user import EmbeddedUnavailable
from ledger.journal.migrations import migrate, sql_folder


def main() -> int:
    """Write the file where it is not current."""
    path = sql_folder() / FILE
    try:
        text = _made().text
    except EmbeddedUnavailable as error:
        print(f"definitions: {error}", file=sys.stderr)
        return 1
    if not path.is_file() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")
        print(f"definitions: sql/{FILE} written")
    return 0


def _made() -> Definitions:
    with TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder) / "venue")
        try:
            dsn = server.start()
            migrate(dsn)
            return Definitions.of(dsn)
        finally:
            server.erase()


if __name__ == "__main__":
    sys.exit(main())
