"""`strategy.matrix`: the combinations that jobs are made of."""

from collections.abc import Mapping
from itertools import product

from apps.forge.workflows.expressions import Value, to_text
from apps.forge.workflows.expressions.values import loosely_equal

# GitHub's own limit.
MAX_JOBS = 256
Combination = dict[str, Value]


class MatrixInvalid(ValueError):
    """A matrix, its expressions computed, makes no jobs or too many."""


def expand(matrix: Value) -> list[Combination]:
    """
    Return the combinations of a matrix whose expressions are already computed.

    `exclude` takes combinations away first, then each entry of `include` joins every combination
    whose own values it does not change, or else becomes one of its own.

    :raises MatrixInvalid: if it has another form, makes nothing, or more than 256 jobs
    """
    if not isinstance(matrix, Mapping):
        raise MatrixInvalid("The matrix must be a mapping of names to lists.")
    axes: dict[str, list[Value]] = {}
    for name, values in matrix.items():
        if name in {"include", "exclude"}:
            continue
        if not isinstance(values, (list, tuple)):
            raise MatrixInvalid(f"The matrix entry {name!r} must be a list.")
        if not values:
            raise MatrixInvalid(f"The matrix entry {name!r} has no values.")
        axes[name] = list(values)
    count = 1
    for values in axes.values():
        count *= len(values)
        if count > MAX_JOBS:
            raise MatrixInvalid(f"The matrix makes more than {MAX_JOBS} jobs.")
    excluded = _entries(matrix, "exclude")
    originals: list[Combination] = []
    if axes:
        combinations = (dict(zip(axes, values, strict=True)) for values in product(*axes.values()))
        originals = [
            combination
            for combination in combinations
            if not any(_fits(combination, entry) for entry in excluded)
        ]
    made = _with_includes(originals, _entries(matrix, "include"))
    if not made:
        raise MatrixInvalid("The matrix makes no job.")
    if len(made) > MAX_JOBS:
        raise MatrixInvalid(f"The matrix makes more than {MAX_JOBS} jobs.")
    return made


def _entries(matrix: Mapping[str, Value], key: str) -> list[Mapping[str, Value]]:
    entries = matrix.get(key)
    if entries is None or entries == "":
        return []
    if not isinstance(entries, (list, tuple)):
        raise MatrixInvalid(f"The matrix entry {key!r} must be a list of mappings.")
    found: list[Mapping[str, Value]] = []
    for entry in entries:
        if not isinstance(entry, Mapping):
            raise MatrixInvalid(f"The matrix entry {key!r} must be a list of mappings.")
        found.append(entry)
    return found


def _fits(combination: Combination, entry: Mapping[str, Value]) -> bool:
    return bool(entry) and all(
        name in combination and _same(combination[name], value) for name, value in entry.items()
    )


def _same(left: Value, right: Value) -> bool:
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        # An exclude entry may name some of the keys.
        return all(name in left and _same(left[name], value) for name, value in right.items())
    return left == right or loosely_equal(left, right)


def _with_includes(
    originals: list[Combination], includes: list[Mapping[str, Value]]
) -> list[Combination]:
    made = [dict(combination) for combination in originals]
    added: list[Combination] = []
    for entry in includes:
        joined = False
        for original, combination in zip(originals, made, strict=True):
            if all(name not in original or original[name] == entry[name] for name in entry):
                combination.update(entry)
                joined = True
        if not joined:
            added.append(dict(entry))
    return [*made, *added]


def title(name: str, combination: Combination) -> str:
    """Return the name of a job of a matrix, as GitHub makes it: "test (3.12, linux)"."""
    if not combination:
        return name
    values = [
        ", ".join(to_text(item) for item in value.values())
        if isinstance(value, Mapping)
        else to_text(value)
        for value in combination.values()
    ]
    return f"{name} ({', '.join(values)})"
