"""Counts of the catalog that stay right until an entity changes, kept by each process."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar
from uuid import UUID

from apps.accounts.permissions import Actor
from apps.catalog.models import Entity, Revision
from apps.catalog.models.entity import sees_all

# An entry is at most some 200 kB, when each facet has all the values it may have.
MAX_REMEMBERED = 64

Answer = TypeVar("Answer")

_answers: OrderedDict[tuple[UUID, Hashable], Any] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class Memory:
    """
    What was answered about the state of the catalog that `revision` stands for.

    The revision is read before an answer: an answer can be newer than its revision says, and never
    older, so nothing outdated is given out. Without a revision nothing has ever been written.
    """

    revision: UUID | None

    @classmethod
    def of_now(cls) -> "Memory":
        """Ask for the present state; for one request at most."""
        return cls(Revision.objects.values_list("value", flat=True).first())

    def recall(self, question: Hashable, answer: Callable[[], Answer]) -> Answer:
        """Return what `answer` returns, or has returned for this question before."""
        if self.revision is None:
            return answer()
        key = (self.revision, question)
        with _lock:
            if key in _answers:
                _answers.move_to_end(key)
                found: Answer = _answers[key]
                return found
        fresh = answer()
        with _lock:
            _answers[key] = fresh
            while len(_answers) > MAX_REMEMBERED:
                _answers.popitem(last=False)
        return fresh

    def view_of(self, actor: Actor | None) -> Hashable:
        """Return what tells apart people who see different entities: mostly, all see the same."""
        if actor is None or sees_all(actor) or not self._has_restricted():
            return None
        return tuple(sorted(actor.owner_refs))

    def _has_restricted(self) -> bool:
        return self.recall("restricted", Entity.objects.filter(is_restricted=True).exists)
