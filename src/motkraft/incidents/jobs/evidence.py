"""Timestamps, and uploads that nobody finished."""
