"""Models: the catalogue that this venue adopted, and how a reading finds its model there."""

from collections.abc import Iterator

from ledger.caller import Caller
from ledger.commands import ListModel
from ledger.events import Event, ModelListed
from ledger.inventory import UnitReading
from ledger.moment import Moment
from ledger.offices import must_hold
from ledger.records import Model
from ledger.refusals import Reason, Refused
from ledger.register import Register
from ledger.things import gpu_models

FORMS = ("sxm", "pcie", "nvl", "oam")
_LEAST_SHOWN_PERCENT = 92  # a report shows up to 8 % less than nominal: ECC, reserved


def list_model(
    register: Register, command: ListModel, caller: Caller, moment: Moment
) -> list[Event]:
    """A model that the catalogue lacks; what is listed once stays as it is."""
    if command.form not in FORMS:
        raise Refused(
            Reason.bad_field, f"A form is one of: {', '.join(FORMS)}.", field="/args/form"
        )
    if not command.names:
        raise Refused(
            Reason.bad_field, "Give the names that reports print for it.", field="/args/names"
        )
    must_hold(register, caller, "clerk")
    if command.model in register.models:
        raise Refused(Reason.wrong_state, f"{command.model} is listed already: nothing to change.")
    return [
        ModelListed(
            model=command.model,
            vendor=command.vendor,
            form=command.form,
            gpus_per_lot=command.gpus_per_lot,
            memory_mib=command.memory_mib,
            tdp_w=command.tdp_w,
            tpp=command.tpp,
            has_ecc=command.has_ecc,
            has_mig=command.has_mig,
            names=list(command.names),
            board_part_numbers=list(command.board_part_numbers),
        )
    ]


def first_models() -> Iterator[ModelListed]:
    """The release's whole catalogue: each unit model, and each board as a model of its own."""
    for model in gpu_models.CATALOGUE:
        yield _listed(model, model.code, 1)
        if model.board_code:
            yield _listed(model, model.board_code, model.gpus_per_lot)


def apply_model_listed(register: Register, event: ModelListed, moment: Moment) -> None:
    register.models[event.model] = Model(
        model=event.model,
        vendor=event.vendor,
        form=event.form,
        gpus_per_lot=event.gpus_per_lot,
        memory_mib=event.memory_mib,
        tpp=event.tpp,
        has_ecc=event.has_ecc,
        names=tuple(event.names),
        is_board=event.gpus_per_lot > 1,
    )


def model_of(register: Register, reading: UnitReading) -> gpu_models.ModelFacts | None:
    """The model that a reading shows; None if this venue does not list it."""
    found = gpu_models.find_model(
        reading.vendor, reading.model_name, reading.memory_mib, reading.board_part_number
    )
    if found is not None and found.code in register.models:
        return found
    return _listed_later(register, reading)


def _listed_later(register: Register, reading: UnitReading) -> gpu_models.ModelFacts | None:
    """The same among the models that clerks listed since the venue opened."""
    printed = (reading.model_name or "").strip().casefold()
    for model in register.models.values():
        if gpu_models.model_of(model.model) is not None or model.vendor != reading.vendor:
            continue
        if printed in (name.casefold() for name in model.names) and _fits(
            model, reading.memory_mib
        ):
            return gpu_models.ModelFacts(
                code=model.model,
                vendor=model.vendor,
                form=model.form,  # type: ignore[arg-type]  # checked when it was listed
                gpus_per_lot=model.gpus_per_lot,
                memory_mib=model.memory_mib,
                tdp_w=0,
                tpp=model.tpp,
                has_ecc=model.has_ecc,
                has_mig=False,
                names=model.names,
                board_code=model.model if model.is_board else "",
            )
    return None


def _fits(model: Model, memory_mib: int | None) -> bool:
    return memory_mib is None or memory_mib * 100 >= model.memory_mib * _LEAST_SHOWN_PERCENT


def _listed(model: gpu_models.ModelFacts, code: str, gpus_per_lot: int) -> ModelListed:
    return ModelListed(
        model=code,
        vendor=model.vendor,
        form=model.form,
        gpus_per_lot=gpus_per_lot,
        memory_mib=model.memory_mib,
        tdp_w=model.tdp_w,
        tpp=model.tpp,
        has_ecc=model.has_ecc,
        has_mig=model.has_mig,
        names=list(model.names),
        board_part_numbers=list(model.board_part_numbers),
    )
