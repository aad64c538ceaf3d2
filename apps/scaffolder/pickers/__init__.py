"""Pickers: fields of golden paths that look something up; others register theirs in `pickers`."""

from apps.scaffolder.pickers import entities, naming, repositories
from apps.scaffolder.pickers.base import (
    Choice,
    Cleaned,
    Picker,
    PickerContext,
    PickerView,
    pickers,
)

BUILT_IN: tuple[Picker, ...] = (*entities.ALL, *naming.ALL, *repositories.ALL)

__all__ = ["BUILT_IN", "Choice", "Cleaned", "Picker", "PickerContext", "PickerView", "pickers"]
