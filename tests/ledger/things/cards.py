"""Blocks of single cards (L40S) for the tests of imports and of recognition."""

from tests.ledger.things.dumps import block

BOARD_PART = "900-2G133-0080-000"
LATER = "Thu Nov 14 20:00:00 2024"  # than `dump`'s own stamp


def l40s(serial: int = 1_320_223_012_345, uuid: int = 15, **changes: str) -> str:
    """One single card's block."""
    shown = {
        "Serial Number": str(serial),
        "GPU UUID": f"GPU-0a1b2c3d-0000-0000-0000-{uuid:012x}",
        "Board Part Number": BOARD_PART,
        "FB Memory Usage/Total": "46068 MiB",
    }
    return block(shown | changes, name="NVIDIA L40S", bus=uuid)


def no_serial(uuid: int) -> str:
    return l40s(0, uuid, **{"Serial Number": "0000000000000"})
