"""Errors of expressions."""


class ExpressionError(ValueError):
    """An expression cannot be read or computed; the message says where."""
