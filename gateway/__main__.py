"""`python -m gateway` and the command `gpubourse`: the same program."""

from gateway.cli.command_line import gpubourse


def main() -> None:
    """Run one verb; leaves with its exit code."""
    gpubourse(prog_name="gpubourse")


if __name__ == "__main__":
    main()
