"""What can go wrong in the web room."""

from motkraft.errors import MotkraftError


class ChartError(MotkraftError):
    """A chart cannot be drawn from what was given."""

    code = "chart"


class CatalogueError(MotkraftError):
    """A message catalogue cannot be read."""

    code = "catalogue"
