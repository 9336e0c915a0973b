"""Commands: rows of who asked, and the bytes that each signed."""

from tests.ledger.audit.tampering.hands import Hands


def a_command_erased(hands: Hands) -> int:
    number = hands.dice.randrange(len(hands.store.commands))
    return hands.store.commands.pop(number).first_position


def a_signature_forged(hands: Hands) -> int:
    number = _signed(hands)
    signature = bytearray(hands.store.commands[number].signature)
    signature[hands.dice.randrange(64)] ^= 1
    hands.command(number, signature=bytes(signature))
    return hands.store.commands[number].first_position


def a_signature_removed(hands: Hands) -> int:
    number = _signed(hands)
    hands.command(number, signature=b"")
    return hands.store.commands[number].first_position


def words_that_nobody_signed(hands: Hands) -> int:
    number = _signed(hands)
    signed = hands.store.commands[number].signed
    hands.command(number, signed=signed.replace(b'"valid_ms":5000', b'"valid_ms":5001'))
    return hands.store.commands[number].first_position


def a_command_in_anothers_mouth(hands: Hands) -> int:
    number = _signed(hands)
    hands.command(number, principal="k-0099")
    return hands.store.commands[number].first_position


def a_command_of_another_op(hands: Hands) -> int:
    number = _signed(hands)
    hands.command(number, op="order.cancel_all")
    return hands.store.commands[number].first_position


def a_body_of_another_command(hands: Hands) -> int:
    number = _signed(hands)
    hands.command(number, body_sha256=bytes(32))
    return hands.store.commands[number].first_position


def a_key_of_another_command(hands: Hands) -> int:
    number = _signed(hands)
    hands.command(number, key="another")
    return hands.store.commands[number].first_position


def two_commands_exchanged(hands: Hands) -> int:
    number = hands.dice.randrange(len(hands.store.commands) - 1)
    one, other = hands.store.commands[number : number + 2]
    for at, span in ((number, other), (number + 1, one)):
        first, last = span.first_position, span.last_position
        hands.command(at, first_position=first, last_position=last)
    hands.store.commands.sort(key=lambda each: each.first_position)
    return one.first_position


def columns_that_nobody_signs(hands: Hands) -> int:
    number = hands.dice.randrange(len(hands.store.commands))
    command = hands.store.commands[number]
    hands.command(number, label="another", received_ns=command.received_ns + 1)
    return command.first_position


def _signed(hands: Hands) -> int:
    found = [n for n, each in enumerate(hands.store.commands) if each.signature]
    return hands.dice.choice(found)
