"""Keys and signatures as minisign writes them, so that anyone can check a release without this program.

The formats are at <https://jedisct1.github.io/minisign/>; py-minisign reads and writes them. Keys are
without a password, as `minisign -G -W` makes them.
"""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

from minisign import KeyPair, ParseError, PublicKey, SecretKey, Signature, VerifyError

from iprgraph.errors import SignatureError, UsageError

#: The files of a signed release that its manifest cannot list: the signature, and the key.
SIGNATURE, KEY = "SHA256SUMS.minisig", "iprgraph.pub"


def key_id(item: PublicKey | Signature) -> str:
    """Return the number of a key, or of the key that a signature names, as minisign writes it."""
    # py-minisign shows the bytes in the opposite order.
    return base64.b64decode(bytes(item).splitlines()[1])[2:10][::-1].hex().upper()


def public_key_file(key: PublicKey) -> bytes:
    """Return the content of a public key's file."""
    comment = f"untrusted comment: minisign public key {key_id(key)}\n"
    word: bytes = key.to_base64()
    return comment.encode() + word + b"\n"


def signature_file(key: SecretKey, content: bytes, comment: str) -> bytes:
    """Return the content of a signature's file; the same input gives the same bytes."""
    signer = f"signature from key {key_id(key.get_public_key())}"
    signature = key.sign(content, untrusted_comment=signer, trusted_comment=comment)
    return bytes(signature) + b"\n"


def check_signature(signature: Signature, content: bytes, key: PublicKey) -> None:
    """Check content and trusted comment by a key; raises SignatureError."""
    if key_id(signature) != key_id(key):
        raise SignatureError(f"it was made with key {key_id(signature)}, not with {key_id(key)}")
    try:
        key.verify(content, signature)
    except VerifyError:
        raise SignatureError(
            "it does not belong to this content, or its trusted comment was altered"
        ) from None


def make_key(file: Path) -> PublicKey:
    """Make a pair of keys: the secret one in a file that only its owner can read, beside it FILE.pub.

    Raises UsageError where a file is there already or cannot be written.
    """
    beside = file.with_name(file.name + ".pub")
    if file.exists() or beside.exists():
        raise UsageError(f"{file} or {beside} is there already; choose another name")
    pair = KeyPair.generate()
    pair.secret_key.untrusted_comment = "minisign secret key, keep it secret"
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(bytes(pair.secret_key) + b"\n")
        beside.write_bytes(public_key_file(pair.public_key))
    except OSError as error:
        raise UsageError(f"cannot write {error.filename}: {error.strerror}") from error
    return pair.public_key


def read_secret(file: Path) -> SecretKey:
    """Read a secret key's file; raises UsageError."""
    try:
        key = SecretKey.from_base64(_last_word(_read(file)))
    except ParseError:
        raise UsageError(f"{file} is no secret key of minisign's format") from None
    if key.is_encrypted():
        raise UsageError(f"{file} has a password; make a key without one by `iprgraph keygen FILE`")
    # py-minisign checks the checksum only of keys with a password.
    body = base64.b64decode(key.to_base64())
    checksum = hashlib.blake2b(body[:2] + body[54:126], digest_size=32).digest()
    # minisign leaves the checksum of a key without a password empty.
    if body[126:] not in (checksum, bytes(32)):
        raise UsageError(f"{file} is damaged: its checksum is wrong")
    try:
        key.get_public_key().verify(b"", key.sign(b""))
    except VerifyError:
        raise UsageError(f"{file} is damaged: its two halves do not belong together") from None
    return key


def read_public(key: str) -> PublicKey:
    """Read a public key, given as its one word or as its file; raises UsageError."""
    is_word = key.startswith("RW") and len(key) == 56
    return parse_public(key if is_word else _read(Path(key)), key)


def parse_public(text: str, where: str) -> PublicKey:
    """Read the text of a public key; raises UsageError that names where it came from."""
    try:
        return PublicKey.from_base64(_last_word(text))
    except ParseError:
        raise UsageError(f"{where} is no public key of minisign's format (RW…)") from None


def parse_signature(content: bytes) -> Signature:
    """Read a signature's file; raises SignatureError."""
    try:
        return Signature.from_bytes(content)
    except ParseError:
        raise SignatureError("it is not in minisign's format") from None


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(f"cannot read the key {file}: {reason}") from error


def _last_word(text: str) -> str:
    """Return the word that holds the whole key, with or without a comment above it."""
    return (text.split() or [""])[-1]
