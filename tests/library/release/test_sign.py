"""Signed releases: whoever has the key finds every kind of tampering, with this program or minisign."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from minisign import PublicKey, SecretKey

from iprgraph.errors import ReleaseError, SignatureError, UsageError
from iprgraph.release.dumps import checksums
from iprgraph.release.minisign import (
    KEY,
    SIGNATURE,
    check_signature,
    key_id,
    make_key,
    parse_signature,
    public_key_file,
    read_public,
    read_secret,
    signature_file,
)
from iprgraph.release.release import Release
from iprgraph.release.sign import sign
from iprgraph.release.verify import verify
from support.commands import Command
from support.serving import serving


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two pairs of keys: ours and theirs."""
    folder = tmp_path_factory.mktemp("keys")
    make_key(folder / "ours")
    make_key(folder / "theirs")
    return folder


@pytest.fixture
def our_key(key_folder: Path) -> SecretKey:
    return read_secret(key_folder / "ours")


@pytest.fixture
def their_key(key_folder: Path) -> SecretKey:
    return read_secret(key_folder / "theirs")


@pytest.fixture
def signed_release(history: list[Release], tmp_path: Path, our_key: SecretKey) -> Release:
    """Return a signed copy of a release, to be spoiled."""
    release = Release(shutil.copytree(history[0].dir, tmp_path / "r" / history[0].id))
    assert sign(release, our_key)
    return release


def test_a_signature_of_minisign_is_accepted() -> None:
    """Take the example of <https://crates.io/crates/minisign-verify>."""
    key = read_public("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3")
    signature = parse_signature(
        b"untrusted comment: signature from minisign secret key\n"
        b"RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8"
        b"KLzZwo=\n"
        b"trusted comment: timestamp:1633700835\tfile:test\tprehashed\n"
        b"wLMDjy9FLAuxZ3q4NlEvkgtyhrr0gtTu6KC4KBJdITbbOeAi1zBIYo0v4iTgt8jJpIidRJnp94ABQkJAgAooBQ==\n"
    )
    check_signature(signature, b"test", key)
    with pytest.raises(SignatureError, match="does not belong"):
        check_signature(signature, b"Test", key)


@pytest.mark.skipif(not shutil.which("minisign"), reason="minisign is not installed here")
def test_minisign_accepts_a_signature_of_ours(signed_release: Release, key_folder: Path) -> None:
    command = ["minisign", "-V", "-m", "SHA256SUMS", "-p", str(key_folder / "ours.pub")]
    assert subprocess.run(command, cwd=signed_release.dir, capture_output=True).returncode == 0
    (signed_release.dir / "SHA256SUMS").write_text("another")
    assert subprocess.run(command, cwd=signed_release.dir, capture_output=True).returncode != 0


def test_keys_are_made_once_and_the_secret_one_is_private(tmp_path: Path) -> None:
    public = make_key(tmp_path / "key")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert read_secret(tmp_path / "key").get_public_key() == public
    assert (
        read_public(str(tmp_path / "key.pub")) == read_public(public.to_base64().decode()) == public
    )
    with pytest.raises(UsageError, match="already"):
        make_key(tmp_path / "key")
    with pytest.raises(UsageError, match="cannot write"):
        make_key(tmp_path / "no" / "key")


def test_what_is_no_key_is_refused(tmp_path: Path, key_folder: Path) -> None:
    file = tmp_path / "key"
    written = (key_folder / "ours").read_text()
    locked = read_secret(key_folder / "ours")
    locked.encrypt("password")
    for text, told in (
        ("", "no secret key"),
        ("hello there", "no secret key"),
        (written[:-20], "no secret key"),
        ((key_folder / "ours.pub").read_text(), "no secret key"),
        (bytes(locked).decode(), "has a password"),
        (
            written[:-10] + ("AAAA" if written[-10:-6] != "AAAA" else "BBBB") + written[-6:],
            "damaged",
        ),
    ):
        file.write_text(text)
        with pytest.raises(UsageError, match=told):
            read_secret(file)
    for key in (str(file), "RW" + "x" * 54, str(tmp_path / "none")):
        with pytest.raises(UsageError):
            read_public(key)


def test_a_signed_release_is_trusted_by_whom_it_should(
    signed_release: Release, our_key: SecretKey, their_key: SecretKey
) -> None:
    found = verify(signed_release.dir, our_key.get_public_key())
    assert found.problems == [] and "you trust this key" in found.signature
    assert (
        key_id(our_key.get_public_key()) in found.signature and signed_release.id in found.signature
    )
    found = verify(signed_release.dir)
    assert found.problems == [] and "proves nothing about who signed" in found.signature
    found = verify(signed_release.dir, their_key.get_public_key())
    assert len(found.problems) == 1
    assert (
        f"was made with key {key_id(our_key.get_public_key())}, not with {key_id(their_key.get_public_key())}"
        in str(found.problems)
    )


def test_a_release_without_a_signature_says_so(history: list[Release], our_key: SecretKey) -> None:
    found = verify(history[0].dir)
    assert found.problems == [] and found.signature.startswith("not signed")
    found = verify(history[0].dir, our_key.get_public_key())
    assert found.problems == [
        f"{SIGNATURE} is missing: the release is not signed by key {key_id(our_key.get_public_key())}"
    ]


def rewrite(release: Release, key: SecretKey | None = None) -> None:
    """Alter the data and make everything else agree, the signature too if there is a key."""
    dump = release.dir / "iprgraph.nq"
    dump.write_bytes(dump.read_bytes().replace(b'"1250.0"', b'"1251.0"'))
    manifest = json.loads((release.dir / "manifest.json").read_text())
    manifest["files"]["iprgraph.nq"]["sha256"] = hashlib.sha256(dump.read_bytes()).hexdigest()
    listed = json.dumps(manifest).encode()
    (release.dir / "manifest.json").write_bytes(listed)
    sums = checksums({n: f["sha256"] for n, f in manifest["files"].items()}, listed)
    (release.dir / "SHA256SUMS").write_bytes(sums)
    if key:
        (release.dir / SIGNATURE).write_bytes(signature_file(key, sums, "trust me"))
        (release.dir / KEY).write_bytes(public_key_file(key.get_public_key()))


def change(name: str, old: bytes, new: bytes) -> Callable[[Release, SecretKey], None]:
    def make(release: Release, _: SecretKey) -> None:
        path = release.dir / name
        content = path.read_bytes()
        assert old in content
        path.write_bytes(content.replace(old, new, 1))

    return make


def remove(name: str) -> Callable[[Release, SecretKey], None]:
    return lambda release, _: (release.dir / name).unlink()


#: Each kind of tampering, and what is told of it.
TAMPERING: dict[str, tuple[Callable[[Release, SecretKey], None], str]] = {
    "data": (change("iprgraph.nq", b"042", b"043"), "iprgraph.nq was altered"),
    "dump": (change("iprgraph.ttl", b"042", b"043"), "iprgraph.ttl was altered"),
    "nanopubs": (change("nanopubs.trig", b"042", b"043"), "nanopubs.trig was altered"),
    "manifest": (change("manifest.json", b'"1.2.3"', b'"1.2.4"'), "do not agree"),
    "sums": (change("SHA256SUMS", b"a", b"b"), "it does not belong to this content"),
    "comment": (change(SIGNATURE, b"issued 2021", b"issued 2031"), "trusted comment was altered"),
    "signature": (change(SIGNATURE, b"trusted comment: rel", b"trusted: rel"), "minisign's format"),
    "unsigned": (remove(SIGNATURE), "is missing: the release is not signed by key"),
    "missing": (remove("void.ttl"), "void.ttl is missing"),
    "all but the signature": (lambda r, _: rewrite(r), "it does not belong to this content"),
    "all, and signed anew": (rewrite, "it was made with key"),
}  # fmt: skip


@pytest.mark.parametrize("kind", TAMPERING)
def test_every_kind_of_tampering_is_told(
    signed_release: Release, our_key: SecretKey, their_key: SecretKey, kind: str
) -> None:
    tamper, told = TAMPERING[kind]
    tamper(signed_release, their_key)
    found = verify(signed_release.dir, our_key.get_public_key())
    assert told in "; ".join(found.problems)


def test_without_a_key_a_forged_signature_passes_but_the_data_do_not(
    signed_release: Release, their_key: SecretKey
) -> None:
    rewrite(signed_release, their_key)
    found = verify(signed_release.dir)
    assert SIGNATURE not in str(found.problems) and "proves nothing" in found.signature
    assert "the dataset does not have the hash that the manifest gives" in found.problems
    (signed_release.dir / KEY).unlink()
    assert f"{KEY} is missing" in str(verify(signed_release.dir).problems)


def test_only_a_whole_release_is_signed_and_only_once(
    signed_release: Release, our_key: SecretKey, their_key: SecretKey
) -> None:
    before = (signed_release.dir / SIGNATURE).read_bytes()
    assert not sign(signed_release, our_key)
    with pytest.raises(ReleaseError, match="signed already"):
        sign(signed_release, their_key)
    assert (signed_release.dir / SIGNATURE).read_bytes() == before
    (signed_release.dir / SIGNATURE).unlink()
    (signed_release.dir / "void.ttl").write_text("another")
    with pytest.raises(ReleaseError, match=r"void\.ttl was altered"):
        sign(signed_release, our_key)


def test_the_commands_make_keys_sign_and_verify(
    iprgraph: Command, small_content: Path, tmp_path: Path
) -> None:
    made = iprgraph("keygen", "key")
    public = made.stdout.split()[-1]
    assert made.returncode == 0 and len(public) == 56
    built = iprgraph("build", "--content", small_content, "--sign", "key", "--quiet")
    assert built.returncode == 0
    trusted = iprgraph("verify", "--key", public)
    assert trusted.returncode == 0 and "you trust this key" in trusted.stdout
    assert "is signed already" in iprgraph("sign", "--key", "key").stdout
    release = Release.open(tmp_path / "releases")
    first = (release.dir / SIGNATURE).read_bytes()
    for name in (SIGNATURE, KEY):
        (release.dir / name).unlink()
    assert iprgraph("verify", "--key", "key.pub").returncode == 1
    assert iprgraph("sign", "--key", "key").returncode == 0
    # The same input gives the same bytes, the signature's too; a build signs what is there already.
    assert (release.dir / SIGNATURE).read_bytes() == first
    (release.dir / SIGNATURE).unlink()
    assert iprgraph("build", "--content", small_content, "--sign", "key", "--quiet").returncode == 0
    assert (release.dir / SIGNATURE).read_bytes() == first
    assert iprgraph("sign", "--key", "key.pub").returncode == 2


def test_a_signed_release_is_verified_from_its_address(
    signed_release: Release, tmp_path: Path, our_key: SecretKey, their_key: SecretKey
) -> None:
    with serving(signed_release.dir, tmp_path / "run", token="") as running:
        client = running.client()
        for place in ("", "/downloads/", f"/releases/{signed_release.id}/"):
            found = verify(client.base + place, our_key.get_public_key())
            assert found.problems == [] and "you trust this key" in found.signature
        assert len(verify(client.base, their_key.get_public_key()).problems) == 1
        for name in (SIGNATURE, KEY):
            for path in (f"/downloads/{name}", f"/releases/{signed_release.id}/{name}"):
                reply = client.get(path)
                assert (reply.status, reply.body) == (200, (signed_release.dir / name).read_bytes())
        page = client.get("/downloads/", "text/html").text
        assert f'href="/downloads/{SIGNATURE}"' in page
        rewrite(signed_release)
        assert "it does not belong to this content" in str(
            verify(client.base, our_key.get_public_key()).problems
        )
        client.close()


def test_a_key_has_the_name_that_minisign_gives_it() -> None:
    word = base64.b64encode(b"Ed" + bytes(range(8)) + bytes(32))
    assert key_id(PublicKey.from_base64(word)) == "0706050403020100"
