from collections import Counter

import pytest

from motkraft.matching import Claim, ClaimLibrary, LibraryError, Wording

CLAIM = '[[claim]]\nid = "X1"\nkind = "claim"\nnarrative = "n"\ntitle_sv = "s"\ntitle_en = "e"\n'
OF = 'author = "a"\nreviewed = true\n'


def test_the_seed_library_holds_the_campaign_and_what_is_kept_apart(library):
    kinds = {claim.id: claim.kind for claim in library.claims}
    assert [kinds[f"N{n:02}"] for n in range(1, 17)] == ["claim"] * 16
    assert kinds["N17"] == "incitement"
    assert (kinds["N90"], kinds["N91"], kinds["N92"]) == ("criticism", "own_story", "question")


def test_every_claim_has_wordings_in_six_languages(library):
    counts = Counter((wording.claim_id, wording.language) for wording in library.wordings)
    for claim in library.claims:
        assert all(counts[claim.id, language] >= 3 for language in ("sv", "en", "ar")), claim.id
        assert all(counts[claim.id, language] >= 1 for language in ("so", "tr", "fa")), claim.id


def test_no_wording_claims_a_review_that_has_not_been_made(library):
    assert not any(wording.reviewed for wording in library.wordings)


def test_a_folder_of_ones_own_is_read(tmp_path):
    (tmp_path / "own.toml").write_text(
        CLAIM + '[[wording]]\nid = "X1.1"\nclaim = "X1"\nlanguage = "sv"\ntext = "hej"\n' + OF,
        "utf-8",
    )
    own = ClaimLibrary.load(tmp_path)
    assert own.claim("X1").title_sv == "s" and own.wordings[0].reviewed


@pytest.mark.parametrize(
    "text",
    [
        "not toml at all [",
        '[[claim]]\nid = "X1"\n',
        '[[claim]]\nid = "X1"\nkind = "lie"\nnarrative = "n"\ntitle_sv = "s"\ntitle_en = "e"\n',
        '[[wording]]\nid = "1"\nclaim = "?"\nlanguage = "sv"\ntext = "a"\nauthor = "a"\nreviewed = true\n',
        CLAIM + 'wordings.sv = ["a"]\n',
    ],
)
def test_a_library_that_cannot_be_used_says_where(tmp_path, text):
    (tmp_path / "own.toml").write_text(text, "utf-8")
    with pytest.raises(LibraryError) as caught:
        ClaimLibrary.load(tmp_path)
    assert caught.value.data


def test_two_claims_may_not_share_an_id():
    claim = Claim("X", "s", "e", "claim", "n")
    with pytest.raises(LibraryError):
        ClaimLibrary((claim, claim), ())
    with pytest.raises(LibraryError):
        ClaimLibrary((claim,), (Wording("w", "Y", "sv", "text", "a", False),))
