"""The language of `${{ }}` as GitHub documents it."""

from apps.forge.workflows.expressions.evaluation import Environment, evaluate
from apps.forge.workflows.expressions.problems import ExpressionError
from apps.forge.workflows.expressions.syntax import parse
from apps.forge.workflows.expressions.templates import (
    check_template,
    condition_holds,
    interpolate,
    resolve,
)
from apps.forge.workflows.expressions.values import Value, is_truthy, to_text

__all__ = [
    "Environment",
    "ExpressionError",
    "Value",
    "check_template",
    "condition_holds",
    "evaluate",
    "interpolate",
    "is_truthy",
    "parse",
    "resolve",
    "to_text",
]
