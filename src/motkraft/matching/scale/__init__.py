"""Many posts: Arrow tables in and out, the gate before the model, one process or many or a cluster."""

from motkraft.matching.scale.stream import Crew, E5Recipe, EncoderRecipe, Engine, Placer, match_stream
from motkraft.matching.scale.tables import RESULTS, analyse_table

__all__ = ["RESULTS", "Crew", "E5Recipe", "EncoderRecipe", "Engine", "Placer", "analyse_table", "match_stream"]
