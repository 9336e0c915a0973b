"""What the embedded PostgreSQL is told: durable, on a unix socket only, for one OS user only."""

import os
import pwd
from pathlib import Path

from ledger.embedded.server_user import UNPRIVILEGED, ServerUser

INCLUDE = "include 'gpubourse.conf'\n"  # at the end of postgresql.conf, once

# min_wal_size and wal_compression: 60k -> 95k events/s and a p99 of 15-60 ms instead of 100.
_SETTINGS = """\
# Written anew at each start by gpubourse.
fsync = on
full_page_writes = on
synchronous_commit = on
listen_addresses = ''
port = 5432
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = 60
min_wal_size = 2GB
max_wal_size = 4GB
wal_compression = on
checkpoint_timeout = 15min
log_checkpoints = off
log_line_prefix = '%m [%p] %u '
log_timezone = 'UTC'
timezone = 'UTC'
jit = off
"""

_HBA = """\
# Written anew at each start by gpubourse. Only on the socket, only the users of pg_ident.conf.
local all all peer map=gpubourse
"""


def settings(socket_folder: Path) -> str:
    """The text of gpubourse.conf."""
    return _SETTINGS.format(socket=str(socket_folder).replace("'", "''"))


def host_based_access() -> str:
    """The text of pg_hba.conf."""
    return _HBA


def identities(user: ServerUser) -> str:
    """The text of pg_ident.conf: whoever runs us, and who owns the files, may be any role.

    Not so `nobody` where root stepped down to it: other programs may run as that user, too.
    """
    names = {pwd.getpwuid(os.geteuid()).pw_name: None}
    if user.name != UNPRIVILEGED:
        names[user.name] = None
    lines = [f'gpubourse "{name}" all\n' for name in names]
    return "".join(["# Written anew at each start by gpubourse.\n", *lines])
