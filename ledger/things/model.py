"""Models: the catalogue that this venue adopted, and how a reading finds its model there."""

from collections.abc import Iterable, Iterator, Sequence

from ledger.caller import Caller
from ledger.commands import AdoptModels, ListModel
from ledger.events import Event, ModelListed
from ledger.inventory import UnitReading
from ledger.moment import Moment
from ledger.offices import must_hold
from ledger.records import Model
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register
from ledger.things import gpu_models
from ledger.things.gpu_models import BoardSigns, NodeKind

BOARD_UNLISTED = "board_unlisted"
_GUEST = frozenset({"pass_through", "virtual_function"})


def list_model(
    register: Register, command: ListModel, caller: Caller, moment: Moment
) -> list[Event]:
    """A model that the catalogue lacks; what is listed once stays as it is."""
    if command.form not in gpu_models.FORMS:
        raise Refused(
            Reason.bad_field,
            sentence_of("A form is one of: {forms}.", forms=", ".join(gpu_models.FORMS)),
            field="/form",
        )
    if command.gpus_per_lot > 1 and command.form not in gpu_models.BOARD_FORMS:
        boards = ", ".join(gpu_models.BOARD_FORMS)
        raise Refused(
            Reason.bad_field,
            sentence_of(
                "A lot of {gpus_per_lot} GPUs is a board ({boards}); cards are lots of one.",
                gpus_per_lot=command.gpus_per_lot,
                boards=boards,
            ),
            field="/gpus_per_lot",
        )
    if not command.names:
        raise Refused(Reason.bad_field, "Give the names that reports print for it.", field="/names")
    must_hold(register, caller, "clerk")
    if command.model in register.models:
        raise Refused(
            Reason.wrong_state,
            sentence_of("{model} is listed already: nothing to change.", model=command.model),
        )
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


def adopt_models(
    register: Register, command: AdoptModels, caller: Caller, moment: Moment
) -> list[Event]:
    """Models that this release knows and this venue does not list: a venue older than a release."""
    known = {listed.model: listed for listed in first_models()}
    for code in command.models:
        if code not in known:
            raise Refused(
                Reason.unknown_model,
                sentence_of(
                    "This release knows no model {model}: list it with its figures, by "
                    "`gpubourse operator model CODE --vendor MAKER --memory GB --name TEXT --me "
                    "NAME`.",
                    model=code,
                ),
                field="/models",
            )
    must_hold(register, caller, "clerk")
    lacking = [code for code in dict.fromkeys(command.models) if code not in register.models]
    if not lacking:
        raise Refused(Reason.wrong_state, "This venue lists all of these: nothing to adopt.")
    return [known[code] for code in lacking]


def first_models() -> Iterator[ModelListed]:
    """The release's whole catalogue: each unit model, and each board as a model of its own."""
    for model in gpu_models.CATALOGUE:
        yield _listed(model, model.code, 1)
        for board in model.boards:
            yield _listed(model, board.code, board.gpus)


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
    found = known_model(reading)
    if found is not None and found.code in register.models:
        return found
    return _listed_later(register, reading)


def known_model(reading: UnitReading) -> gpu_models.ModelFacts | None:
    """The model that a reading shows, among those that this release knows."""
    return gpu_models.find_model(
        reading.vendor, reading.model_name, reading.memory_mib, reading.board_part_number
    )


def board_signs(readings: Iterable[UnitReading], attached_count: int | None) -> BoardSigns:
    """What the readings of one server say of the board under them, beside their number."""
    every = list(readings)
    return BoardSigns(
        attached_count=attached_count,
        is_switched=any(reading.is_switched for reading in every),
        is_guest=any(_GUEST.intersection(reading.flags) for reading in every),
        highest_module=max((reading.module_id or 0 for reading in every), default=0),
    )


def kind_here(
    register: Register,
    models: Sequence[gpu_models.ModelFacts | None],
    readings: Iterable[UnitReading],
    attached_count: int | None,
) -> NodeKind:
    """What a node is at this venue: a whole board whose model is not listed here is none yet."""
    kind = gpu_models.node_kind(models, board_signs(readings, attached_count))
    if kind.model and kind.model not in register.models:
        return NodeKind("", kind.form, (BOARD_UNLISTED,), f"{kind.model} is not listed here")
    return kind


def _listed_later(register: Register, reading: UnitReading) -> gpu_models.ModelFacts | None:
    """The same among the models that clerks listed since the venue opened, with their boards."""
    named = [model for model in register.models.values() if _shows(model, reading)]
    if not named:
        return None
    first = next((model for model in named if not model.is_board), named[0])
    sizes = sorted(
        (model.gpus_per_lot, model.model)
        for model in named
        if model.is_board and model.form == first.form
    )
    return gpu_models.ModelFacts(
        code=first.model,
        vendor=first.vendor,
        form=first.form,  # type: ignore[arg-type]  # checked when it was listed
        memory_mib=first.memory_mib,
        tdp_w=0,
        tpp=first.tpp,
        has_ecc=first.has_ecc,
        has_mig=False,
        names=first.names,
        boards=tuple(gpu_models.Board(code, gpus) for gpus, code in sizes),
    )


def _shows(model: Model, reading: UnitReading) -> bool:
    """Whether a reading shows a model of the clerks' own: maker, name or code, and memory."""
    printed = (reading.model_name or "").strip().casefold()
    if model.vendor.strip().casefold() != reading.vendor or gpu_models.model_of(model.model):
        return False
    if printed not in (name.strip().casefold() for name in (model.model, *model.names)):
        return False
    shown = reading.memory_mib
    return shown is None or gpu_models.fits_memory(model.memory_mib, shown)


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
