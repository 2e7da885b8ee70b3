"""One encoder and one analyser for the whole room: they take a second to load."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from motkraft.matching import Analyser, ClaimLibrary, E5Embedder, ProtectedEntry

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Labelled:
    split: str
    claims: frozenset[str]
    stance: str
    text: str


@pytest.fixture(scope="session")
def embedder() -> E5Embedder:
    return E5Embedder(threads=2)


@pytest.fixture(scope="session")
def library() -> ClaimLibrary:
    return ClaimLibrary.seed()


@pytest.fixture(scope="session")
def register() -> list[ProtectedEntry]:
    return [
        ProtectedEntry("worker", "name", "Ingrid Lindqvist-Demo"),
        ProtectedEntry("common", "name", "Stig Berg"),
        ProtectedEntry("goran", "name", "Göran Åkesson"),
        ProtectedEntry("kjell", "name", "Jessica Kjellgren"),
        ProtectedEntry("office", "office", "Socialkontoret Exempelstad"),
        ProtectedEntry("phone", "phone", "070-123 45 67"),
        ProtectedEntry("home", "address", "Påhittsgatan 12"),
        ProtectedEntry("car", "plate", "ABC 12D"),
        ProtectedEntry("mail", "email", "ingrid.demo@exempelstad.example"),
        ProtectedEntry("number", "personal_number", "19640823-3234"),
    ]


@pytest.fixture(scope="session")
def analyser(library, register, embedder) -> Analyser:
    return Analyser(library, register, embedder=embedder)


@pytest.fixture(scope="session")
def labelled() -> list[Labelled]:
    posts = []
    for line in (HERE / "data/labelled.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            split, claims, stance, text = line.split(" | ", 3)
            posts.append(Labelled(split, frozenset(claims.split(",")) - {"-"}, stance, text))
    return posts


@pytest.fixture(scope="session")
def held(labelled) -> list[Labelled]:
    return [post for post in labelled if post.split == "held"]


@pytest.fixture(scope="session")
def constants() -> dict:
    import motkraft.matching

    return tomllib.loads((Path(motkraft.matching.__file__).parent / "calibration.toml").read_text("utf-8"))
