"""The look, the leading and the voice: templates, components, static files, charts, lists and htmx helpers.

This room knows no other app. Apps hand it plain values (see `parts`) and it draws them.
"""
