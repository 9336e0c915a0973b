"""The reports that the demo's servers would print: `nvidia-smi -q -x`, made from facts.

Only the elements that the reader takes; serials, parts and UUIDs are drawn, never a real card's.
"""

from datetime import UTC, datetime
from hashlib import sha256

from exchange.simulation.cast import PlannedServer
from exchange.simulation.draw import Draw
from ledger.durations import SECOND_NS

_HEAD = """<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">
<nvidia_smi_log>
<timestamp>{taken}</timestamp>
<driver_version>565.57.01</driver_version>
<attached_gpus>{count}</attached_gpus>
"""

_GPU = """<gpu id="00000000:{bus:02X}:00.0">
<product_name>{product}</product_name>
<mig_mode><current_mig>Disabled</current_mig></mig_mode>
<serial>{serial}</serial>
<uuid>{uuid}</uuid>
<vbios_version>{vbios}</vbios_version>
<board_part_number>{part}</board_part_number>
<platformInfo><module_id>{module}</module_id></platformInfo>
<gpu_virtualization_mode><virtualization_mode>None</virtualization_mode></gpu_virtualization_mode>
<gpu_recovery_action>None</gpu_recovery_action>
<pci><pci_gpu_link_info><link_widths><max_link_width>16x</max_link_width>\
<current_link_width>16x</current_link_width></link_widths></pci_gpu_link_info></pci>
<fb_memory_usage><total>{memory} MiB</total></fb_memory_usage>
<ecc_mode><current_ecc>Enabled</current_ecc></ecc_mode>
<ecc_errors><volatile><sram_correctable>0</sram_correctable>\
<sram_uncorrectable>0</sram_uncorrectable><dram_correctable>0</dram_correctable>\
<dram_uncorrectable>0</dram_uncorrectable></volatile><aggregate>\
<sram_correctable>0</sram_correctable><sram_uncorrectable>0</sram_uncorrectable>\
<dram_correctable>{dram_correctable}</dram_correctable>\
<dram_uncorrectable>0</dram_uncorrectable></aggregate></ecc_errors>
<remapped_rows><remapped_row_corr>{remapped}</remapped_row_corr>\
<remapped_row_unc>0</remapped_row_unc><remapped_row_pending>No</remapped_row_pending>\
<remapped_row_failure>No</remapped_row_failure><row_remapper_histogram>\
<row_remapper_histogram_max>{banks} bank(s)</row_remapper_histogram_max>\
<row_remapper_histogram_high>0 bank(s)</row_remapper_histogram_high>\
<row_remapper_histogram_partial>0 bank(s)</row_remapper_histogram_partial>\
<row_remapper_histogram_low>0 bank(s)</row_remapper_histogram_low>\
<row_remapper_histogram_none>0 bank(s)</row_remapper_histogram_none>\
</row_remapper_histogram></remapped_rows>
</gpu>
"""

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


def serial(draw: Draw, machine: PlannedServer, slot: int) -> str:
    """13 digits, as NVIDIA prints them; unique by construction."""
    year = 1_650_000_000_000 + draw.below(9, 0, "vintage", machine.number) * 1_000_000_000
    return str(year + machine.number * 100 + slot * 7 + 13)


def _uuid(draw: Draw, machine: PlannedServer, slot: int) -> str:
    text = sha256(f"uuid|{serial(draw, machine, slot)}".encode()).hexdigest()
    return f"GPU-{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:32]}"


def _stamp(local_ns: int) -> str:
    when = datetime.fromtimestamp(local_ns // SECOND_NS, UTC)
    return (
        f"{_WEEKDAYS[when.weekday()]} {_MONTHS[when.month - 1]} {when.day:2d} "
        f"{when:%H:%M:%S} {when.year}"
    )


def report(draw: Draw, machine: PlannedServer, local_ns: int, *, is_worn: bool = False) -> bytes:
    """The server's own report at a local time (ns, as the site's clock shows it; no zone, as real).

    One machine in nine has a card with a corrected remap: grade B. `is_worn` makes one more.
    """
    make = machine.make
    worn = machine.number % 9 == 4 or is_worn
    cards = [
        _GPU.format(
            bus=0x18 + slot * 0x10,
            product=make.product,
            serial=serial(draw, machine, slot),
            uuid=_uuid(draw, machine, slot),
            vbios=make.vbios,
            part=make.board_part_number,
            module=slot + 1,
            memory=make.memory_mib,
            banks=make.histogram,
            dram_correctable=draw.below(5, 0, "ecc", machine.number * 16 + slot),
            remapped=1 if worn and slot == 3 else 0,
        )
        for slot in range(make.gpus)
    ]
    head = _HEAD.format(taken=_stamp(local_ns), count=make.gpus)
    return (head + "".join(cards) + "</nvidia_smi_log>\n").encode()
