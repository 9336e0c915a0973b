"""Status tells the signer's own: their money, and that what they asked for was rejected."""

import pytest

from tests.scenes.stage import SERVER, Stage

pytestmark = pytest.mark.postgres


def test_a_clerk_s_status_counts_nobody_else_s_money(stage: Stage) -> None:
    stage.admit()
    stage.line("operator", "deposit", "p-0003", "5000", "--reference", "B-1", "--yes", me="clerk-1")
    assert "5,000.00 yuan available" in stage.line("status", me="buyer").stdout
    told = stage.line("status", me="clerk-1").stdout.splitlines()
    assert "0.00 yuan available, 0.00 yuan on hold; 0 open orders." in told


def test_a_rejected_request_is_told_to_who_asked(stage: Stage) -> None:
    stage.admit()
    stage.line("import", str(SERVER), "--site", "s-0001", "--no-claim", "--yes", me="seller")
    asked = stage.told("operator", "title", "n-0001", "--yes", me="seller")["result"]["proposal"]
    stage.line("operator", "reject", asked, "--yes", me="clerk-1")

    status = stage.line("status", me="seller").stdout
    assert f"Rejected, of what you asked for in the last 30 days: {asked}" in status
    assert "Nothing waits" not in status
    assert f"its title was asked for by {asked} and rejected by p-0001" in (
        stage.line("inventory", me="seller").stdout
    )
    assert "Nothing waits" in stage.line("status", me="buyer").stdout


def test_a_new_point_or_a_name_that_is_taken_is_asked_about_first(stage: Stage) -> None:
    stage.admit()
    for name, point, said in (
        ("Helan One", "CN-XX", "no data centre stands at CN-XX yet"),
        ("beijing west hall", "CN-BJ", "s-0001 at CN-BJ is called Beijing West Hall already"),
    ):
        asked = stage.ended("operator", "site", name, "--point", point, me="seller", answer="n\n")
        assert said in asked.stderr
        assert asked.exit_code != 0
        assert name not in stage.line("sites", "--all", me="seller").stdout
    stage.line("operator", "site", "Beijing East Hall", "--point", "CN-BJ", me="seller")
    told = stage.line("operator", "site", "Helan", "--point", "CN-XX", "--yes", me="seller")
    assert "Helan, at CN-XX" in told.stdout
