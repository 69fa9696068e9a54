"""Sign and check files as minisign does (Ed25519), so that anyone can check them without this program.

The formats are at <https://jedisct1.github.io/minisign/>: keys as `minisign -G -W` makes them, without
a password, and signatures of the BLAKE2b-512 of the file, with a comment that is signed too.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from iprgraph.errors import SignatureError, UsageError

#: The files of a signed release that its manifest cannot list: the signature, and the key.
SIGNATURE, KEY = "SHA256SUMS.minisig", "iprgraph.pub"

#: Algorithms: of keys and of signatures of whole files; of signatures of a file's hash.
_PLAIN, _HASHED = b"Ed", b"ED"
_CHECKSUM, _NO_PASSWORD = b"B2", b"\0\0"
_UNTRUSTED, _TRUSTED = "untrusted comment: ", "trusted comment: "


@dataclass(frozen=True)
class PublicKey:
    """A key to check with, and the number by which signatures name it."""

    number: bytes
    raw: bytes

    @property
    def name(self) -> str:
        """Write the number as minisign does."""
        return self.number[::-1].hex().upper()

    @property
    def text(self) -> str:
        """Write the key as one word."""
        return base64.b64encode(_PLAIN + self.number + self.raw).decode()

    def write(self) -> bytes:
        """Write the key's file."""
        return f"{_UNTRUSTED}minisign public key {self.name}\n{self.text}\n".encode()


@dataclass(frozen=True)
class SecretKey:
    """A key to sign with."""

    public: PublicKey
    key: Ed25519PrivateKey

    def sign(self, content: bytes, comment: str) -> bytes:
        """Sign a file's content and a comment of one line; the same input gives the same bytes."""
        signature = self.key.sign(_digest(content))
        whole = self.key.sign(signature + comment.encode())
        return (
            f"{_UNTRUSTED}signature from key {self.public.name}\n"
            f"{base64.b64encode(_HASHED + self.public.number + signature).decode()}\n"
            f"{_TRUSTED}{comment}\n{base64.b64encode(whole).decode()}\n"
        ).encode()


@dataclass(frozen=True)
class Signature:
    """A signature as read: which key it names, and what it says."""

    number: bytes
    comment: str
    _algorithm: bytes
    _signature: bytes
    _whole: bytes

    def check(self, content: bytes, key: PublicKey) -> None:
        """Check content and comment by a key; raises SignatureError that says which is wrong."""
        if self.number != key.number:
            raise SignatureError(
                f"it was made with key {self.number[::-1].hex().upper()}, not with {key.name}"
            )
        checker = Ed25519PublicKey.from_public_bytes(key.raw)
        signed = _digest(content) if self._algorithm == _HASHED else content
        try:
            checker.verify(self._signature, signed)
        except InvalidSignature:
            raise SignatureError("it does not belong to this content") from None
        try:
            checker.verify(self._whole, self._signature + self.comment.encode())
        except InvalidSignature:
            raise SignatureError("its trusted comment was altered") from None


def make_key(file: Path) -> PublicKey:
    """Make a pair of keys: the secret one in a file that only its owner can read, beside it FILE.pub.

    Raises UsageError where a file is there already or cannot be written.
    """
    beside = file.with_name(file.name + ".pub")
    if file.exists() or beside.exists():
        raise UsageError(f"{file} or {beside} is there already; choose another name")
    made = Ed25519PrivateKey.generate()
    number, raw = os.urandom(8), made.public_key().public_bytes_raw()
    secret = number + made.private_bytes_raw() + raw
    checksum = hashlib.blake2b(_PLAIN + secret, digest_size=32).digest()
    body = _PLAIN + _NO_PASSWORD + _CHECKSUM + bytes(32 + 8 + 8) + secret + checksum
    written = (
        f"{_UNTRUSTED}minisign secret key, keep it secret\n{base64.b64encode(body).decode()}\n"
    )
    public = PublicKey(number, raw)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(written)
        beside.write_bytes(public.write())
    except OSError as error:
        raise UsageError(f"cannot write {error.filename}: {error.strerror}") from error
    return public


def read_secret(file: Path) -> SecretKey:
    """Read a secret key's file; raises UsageError."""
    body = _body(_read(file), 158, f"{file} is no secret key of minisign's format")
    if body[2:4] != _NO_PASSWORD:
        raise UsageError(f"{file} has a password; make a key without one by `iprgraph keygen FILE`")
    secret, checksum = body[54:126], body[126:]
    # minisign leaves the checksum of a key without a password empty.
    if any(checksum) and hashlib.blake2b(body[:2] + secret, digest_size=32).digest() != checksum:
        raise UsageError(f"{file} is damaged: its checksum is wrong")
    key = Ed25519PrivateKey.from_private_bytes(secret[8:40])
    public = PublicKey(secret[:8], key.public_key().public_bytes_raw())
    if public.raw != secret[40:]:
        raise UsageError(f"{file} is damaged: its two halves do not belong together")
    return SecretKey(public, key)


def read_public(key: str) -> PublicKey:
    """Read a public key, given as its one word or as its file; raises UsageError."""
    text = key
    if not (key.startswith("RW") and len(key) == 56):
        text = _read(Path(key))
    return parse_public(text, key)


def parse_public(text: str, where: str) -> PublicKey:
    """Read the text of a public key; raises UsageError that names where it came from."""
    body = _body(text, 42, f"{where} is no public key of minisign's format (RW…)")
    return PublicKey(body[2:10], body[10:])


def parse_signature(content: bytes) -> Signature:
    """Read a signature's file; raises SignatureError."""
    lines = content.decode("utf-8", "replace").splitlines()
    try:
        _, first, comment, last = lines
        body, whole = (base64.b64decode(line, validate=True) for line in (first, last))
    except (ValueError, binascii.Error):
        raise SignatureError("it is not in minisign's format") from None
    if (
        len(body) != 74
        or len(whole) != 64
        or body[:2] not in (_PLAIN, _HASHED)
        or not comment.startswith(_TRUSTED)
    ):
        raise SignatureError("it is not in minisign's format")
    return Signature(body[2:10], comment.removeprefix(_TRUSTED), body[:2], body[10:], whole)


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content).digest()


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(f"cannot read the key {file}: {reason}") from error


def _body(text: str, size: int, wrong: str) -> bytes:
    """Decode a key's last line, which holds all of it."""
    lines = text.split()
    try:
        body = base64.b64decode(lines[-1], validate=True) if lines else b""
    except binascii.Error:
        body = b""
    if len(body) != size or not body.startswith(_PLAIN):
        raise UsageError(wrong)
    return body
