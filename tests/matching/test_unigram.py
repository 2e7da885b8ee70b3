"""The reference is Hugging Face's ``tokenizers``."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from motkraft.matching.e5_weights import packaged_weights, read_weights
from motkraft.matching.unigram import Unigram

WEIGHTS = read_weights(packaged_weights())
ALL = list(zip(WEIGHTS.pieces, WEIGHTS.scores, strict=True))  # a quarter of a million
OURS = Unigram(WEIGHTS.pieces, WEIGHTS.scores, WEIGHTS.unknown)


@pytest.fixture(scope="module")
def theirs():
    tokenizer = Tokenizer(models.Unigram(ALL, WEIGHTS.unknown, False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    return tokenizer


def test_field_posts_are_split_as_by_the_reference(theirs, labelled):
    texts = [post.text for post in labelled]
    assert [OURS.encode(text) for text in texts] == [theirs.encode(text).ids for text in texts]


PIECES = st.sampled_from([piece for piece, _ in ALL[:: len(ALL) // 5000]])


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.text(max_size=8) | st.sampled_from([" ", "▁", "<unk>", "𝔘😀"])).map("".join))
def test_any_text_is_split_as_by_the_reference(theirs, text):
    assert OURS.encode(text) == theirs.encode(text).ids
