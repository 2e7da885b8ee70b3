"""Breaches, reminders and their mail."""
