"""A witness in a process of its own, without the command around it; with ``dies`` it stores a tree and is gone."""

from __future__ import annotations

import os
import signal
import sys
import time

from motkraft.tlog import VerifierKey, Witness
from motkraft.tlog.serving import FileWitnessState, witness_server
from tlog.keys import witness


class Dying(FileWitnessState):
    """Stores, and is killed before it can answer."""

    def advance(self, *of: object) -> None:
        """Store, then die without a word."""
        super().advance(*of)
        os.kill(os.getpid(), signal.SIGKILL)


name, state, how, *logs = sys.argv[1:]
kept = (Dying if how == "dies" else FileWitnessState)(state)
known = {key.name: [key] for key in map(VerifierKey.parse, logs)}
unit = Witness(witness(name), known, kept, lambda: int(time.time()))
server = witness_server(unit, ("127.0.0.1", 0), lambda split: kept.keep(split) and None)
print(f":{server.server_port}", flush=True)
server.serve_forever()
