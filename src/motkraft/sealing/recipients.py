"""Public keys that a share is encrypted to: age's own, P-256 in a token (``age1tag1``), or whatever a plugin knows.

The first two need nothing but this library. For any other key the program ``age`` runs that key's plugin, as
c2sp.org/age-plugin has it: both are looked for on PATH. What is encrypted goes in by a pipe, never on a command line.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyrage  # type: ignore[import-untyped]

from motkraft.sealing import bech32
from motkraft.sealing.errors import CustodianRejected, PluginAway

AGE: Final = "age"
PATIENCE: Final = 20
"""Seconds for a plugin to encrypt; nobody is asked for anything, so it needs no time."""
TOUCH: Final = 120
"""Seconds for somebody to touch a token."""
_AGE_FILE: Final = b"age-encryption.org/v1\n"
_PLUGIN = re.compile(r"age1(?P<name>[a-z0-9][a-z0-9+._-]*)1[qpzry9x8gf2tvdw0s3jn54khce6mua7l]{6,}")
_NATIVE: Final[dict[str, Any]] = {"tag": pyrage.tag, "tagpq": pyrage.tagpq}


@dataclass(frozen=True, slots=True)
class Recipient:
    """A public key as age writes it. ``plugin`` is the name of the plugin that encrypts to it, "" where none is needed.

    What stands behind it is read when something is encrypted: a record can be read where the plugin is not.
    """

    text: str
    plugin: str = ""

    def __str__(self) -> str:
        return self.text

    def encrypt(self, data: bytes) -> bytes:
        """Encrypt to this key alone, as an age file. Raises PluginAway."""
        if self.plugin:
            return _with_program(self, data)
        sealed: bytes = pyrage.encrypt(data, [_native(self.text)])
        return sealed


def parse_recipient(text: str) -> Recipient:
    """Read an ``age1...`` line in small or capital letters. Raises CustodianRejected."""
    line = text.strip()
    try:
        return Recipient(str(_native(line)))
    except pyrage.RecipientError:
        pass
    line = line.lower()
    found = _PLUGIN.fullmatch(line)
    if found is None or found["name"] in _NATIVE or not _is_bech32(line):
        raise CustodianRejected(
            "This is not an age recipient. It is one line that begins with age1, and every letter of it counts."
        )
    return Recipient(line, found["name"])


def parse_x25519(text: str) -> Recipient:
    """Read a recipient that must be an X25519 key of age's own. Raises CustodianRejected."""
    found = parse_recipient(text)
    if "1" in found.text.removeprefix("age1"):  # only a plugin's or a token's key has a name there
        raise CustodianRejected("This is not an age X25519 recipient. It is one line that begins with age1.")
    return found


def decrypt_with_program(file: Path, data: bytes) -> bytes | None:
    """Decrypt with the identities in a file through ``age``, which talks to their plugins; None when none opens it.

    A plugin may ask for a PIN or a touch on this terminal. Raises PluginAway.
    """
    if shutil.which(AGE) is None:
        raise PluginAway("A plugin's key needs the program age and the plugin on this machine.")
    try:
        done = subprocess.run(
            [AGE, "-d", "-i", str(file)], input=data, capture_output=True, timeout=TOUCH, check=False
        )
    except subprocess.TimeoutExpired:
        raise PluginAway("The token did not answer. Put it in, touch it, and try again.") from None
    return done.stdout if done.returncode == 0 else None


def _native(text: str) -> Any:
    """The library's own recipient. Raises pyrage.RecipientError."""
    kind = text.lower().removeprefix("age1").rpartition("1")[0]
    return _NATIVE.get(kind, pyrage.x25519).Recipient.from_str(text)


def _with_program(recipient: Recipient, data: bytes) -> bytes:
    plugin = f"age-plugin-{recipient.plugin}"
    for program in (AGE, plugin):
        if shutil.which(program) is None:
            raise PluginAway(
                "To seal to this key the machine needs the program %(program)s, and it is not there. Let the "
                "administrator install it, or register a key that needs no plugin.",
                program=program,
            )
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    running = subprocess.Popen(
        [AGE, "-r", recipient.text],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,  # no terminal to ask on, and one group to end
    )
    try:
        sealed, said = running.communicate(data, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)  # age and its plugin; not reaped yet, so the group is still this one
        running.communicate()
        raise PluginAway(
            "The program %(program)s did not answer within %(seconds)s seconds. Nothing was sealed; try again.",
            program=plugin,
            seconds=PATIENCE,
        ) from None
    if running.returncode or not sealed.startswith(_AGE_FILE):
        raise PluginAway(
            "The program %(program)s could not encrypt to this key. Look that it is that plugin's: %(said)s",
            program=plugin,
            said=" ".join(said.decode("utf-8", "replace").split())[:200] or "-",
        )
    return sealed


def _is_bech32(line: str) -> bool:
    try:
        bech32.decode(line)
    except ValueError:
        return False
    return True
