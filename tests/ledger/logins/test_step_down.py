"""Where a role cannot log on by itself, its owner's session steps down to it."""

import pytest

from ledger.journal.database_connection import connect
from ledger.journal.protocol import JournalUnavailable
from ledger.logins.login import ROLES, Role

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("role", ROLES)
def test_a_session_is_its_role_whoever_opened_it(postgres_dsn: str, role: Role) -> None:
    dsn = f"{postgres_dsn}&password=of-the-owner"  # so nothing is known of the role's own
    with connect(dsn, application="test", role=role) as connection:
        assert connection.execute("SELECT current_user, session_user").fetchone() == (
            role,
            "postgres",
        )


def test_a_role_that_is_not_there_is_told_as_a_journal_that_is_not(postgres_dsn: str) -> None:
    dsn = f"{postgres_dsn}&password=of-the-owner"
    with pytest.raises(JournalUnavailable, match="holds no journal yet"):
        connect(dsn, application="test", role="nobody_here")  # type: ignore[arg-type]
