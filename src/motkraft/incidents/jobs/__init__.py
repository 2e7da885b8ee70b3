"""Background work of incidents; importing it registers every task."""

from motkraft.incidents.jobs import duties, evidence, lists, offices

__all__ = ["duties", "evidence", "lists", "offices"]
