"""
Rendering of templates: Backstage's own expression engine in a child process with limits.

`with rendering.session() as renderer:` lends a warm child for one run and kills it afterwards.
"""

from apps.scaffolder.rendering.pool import session, warm_up
from apps.scaffolder.rendering.process import RenderingLimitExceeded, RenderingUnavailable
from apps.scaffolder.rendering.renderer import (
    MISSING,
    ExpressionFailed,
    FileOptions,
    Renderer,
)

__all__ = [
    "MISSING",
    "ExpressionFailed",
    "FileOptions",
    "Renderer",
    "RenderingLimitExceeded",
    "RenderingUnavailable",
    "session",
    "warm_up",
]
