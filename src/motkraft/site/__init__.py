"""Puts the apps together: settings, addresses, database start-up, job runner, demo."""
