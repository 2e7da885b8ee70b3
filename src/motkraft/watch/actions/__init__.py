"""Every write of the watch. Actor first; an import writes a transaction a batch, everything else one transaction."""

from motkraft.watch.actions.exposing import confirm_exposure, dismiss_exposure, evidence_of, undo_dismissal
from motkraft.watch.actions.forgetting import forget_raw
from motkraft.watch.actions.importing import import_file, path_of, run_import, start_import
from motkraft.watch.actions.judging import judge_match, undo_judgement
from motkraft.watch.actions.learning import run_learning, start_learning, unlearn

__all__ = [
    "confirm_exposure",
    "dismiss_exposure",
    "evidence_of",
    "forget_raw",
    "import_file",
    "judge_match",
    "path_of",
    "run_import",
    "run_learning",
    "start_import",
    "start_learning",
    "undo_dismissal",
    "undo_judgement",
    "unlearn",
]
