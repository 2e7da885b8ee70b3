"""Post files of the tools that analysts use, as pure functions: a file in, posts in one shape out.

One file per platform declares what it is; a new platform is one more file and one more line in
``reader.PLATFORMS``.
"""

from motkraft.matching.formats.model import Metrics, Platform, Post, UnreadableLine
from motkraft.matching.formats.reader import PLATFORMS, newest, read_posts

__all__ = ["PLATFORMS", "Metrics", "Platform", "Post", "UnreadableLine", "newest", "read_posts"]
