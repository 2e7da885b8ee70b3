"""Organisations, offices, persons, memberships, roles, access and protected persons."""
