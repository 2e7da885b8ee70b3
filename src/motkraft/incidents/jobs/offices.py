"""Permits and checks that come due."""
