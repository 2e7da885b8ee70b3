"""The pages that belong to no single app: the start page, language, health and errors."""

from __future__ import annotations
