"""`python -m gateway`: the same as the command `gpubourse`."""

from gateway.cli.command_line import gpubourse


def main() -> None:
    """Run one verb; leaves with its exit code."""
    gpubourse(prog_name="gpubourse")


if __name__ == "__main__":
    main()
