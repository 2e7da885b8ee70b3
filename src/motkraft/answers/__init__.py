"""Facts with their sources, approved answers to claims, and the public pages where anyone reads them."""
