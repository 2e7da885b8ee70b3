"""Motkraft: the counterforce for social services."""
