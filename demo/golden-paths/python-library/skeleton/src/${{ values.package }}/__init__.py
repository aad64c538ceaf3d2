"""What other services import; everything else in this package is private."""

from ${{ values.package }}.retries import Retry

__all__ = ["Retry"]
__version__ = "0.1.0"
