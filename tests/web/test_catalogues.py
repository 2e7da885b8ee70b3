from pathlib import Path

import pytest

from motkraft.web import catalogues
from motkraft.web.errors import CatalogueError

SOURCES = list(catalogues.catalogues())


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: f"{path.parts[-5]}-{path.parts[-3]}")
def test_every_compiled_catalogue_is_up_to_date(source):
    assert source.with_suffix(".mo").read_bytes() == catalogues.compiled(source), (
        "run: python -m motkraft.web.catalogues"
    )


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: f"{path.parts[-5]}-{path.parts[-3]}")
def test_every_message_is_translated(source):
    assert catalogues.missing(source) == []


def test_a_broken_catalogue_is_refused_with_its_name(tmp_path: Path):
    broken = tmp_path / "room" / "locale" / "sv" / "LC_MESSAGES" / "django.po"
    broken.parent.mkdir(parents=True)
    broken.write_text('msgid "a"\nhello\n')
    with pytest.raises(CatalogueError, match="room"):
        catalogues.compiled(broken)
