"""Keys of the people in the scenes: drawn from their names, and each a point that counts."""

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gpubourse.key_files import public_key_of


def private_key(name: str) -> Ed25519PrivateKey:
    """The key of whoever bears this name."""
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def public_key(name: str) -> str:
    """Its public half, as the venue enrols it."""
    return public_key_of(private_key(name))
