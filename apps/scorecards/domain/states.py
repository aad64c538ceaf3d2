"""The states of a result and the levels of a scorecard."""

from enum import IntEnum, StrEnum


class State(StrEnum):
    """What a rule says about an entity; only `FAIL` counts against it."""

    PASS = "pass"  # noqa: S105
    WARN = "warn"
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    EXEMPT = "exempt"
    NO_DATA = "no_data"
    STALE = "stale"
    ERROR = "error"


# The rule looked at facts and said something.
EXECUTED = frozenset({State.PASS, State.WARN, State.FAIL})
# These do not stand between an entity and a level.
SATISFIED = frozenset({State.PASS, State.WARN, State.EXEMPT})
# Nothing is known now; never a failure.
UNKNOWN = frozenset({State.NO_DATA, State.STALE, State.ERROR})


class Level(IntEnum):
    """The ladder; `NONE` is below it. Stored and shown by `key`."""

    NONE = 0
    BRONZE = 1
    SILVER = 2
    GOLD = 3

    @property
    def key(self) -> str:
        """The lower-case name, as stored and as the level tag takes it."""
        return self.name.lower()

    @classmethod
    def parse(cls, key: str) -> "Level":
        """
        Return the level with this key.

        :raises ValueError: if there is none
        """
        try:
            return cls[key.upper()]
        except KeyError:
            raise ValueError(f"There is no level {key!r}: bronze, silver or gold.") from None


LADDER = (Level.BRONZE, Level.SILVER, Level.GOLD)


class EvidenceClass(StrEnum):
    """How good the evidence is; class C advises and never fails (scorecards.md section 3)."""

    OBSERVED = "A"
    PARSED = "B"
    DECLARED = "C"
