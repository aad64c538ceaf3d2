"""`needs`: the order of jobs, and what is wrong with it."""

from collections.abc import Mapping, Sequence


def find_cycle(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the jobs of a circle, the first one again at the end; [] if there is none."""
    done: set[str] = set()
    for start in needs:
        path: list[str] = []
        if cycle := _walk(start, needs, path, done):
            return cycle
    return []


def _walk(
    start: str, needs: Mapping[str, Sequence[str]], path: list[str], done: set[str]
) -> list[str]:
    # A stack of iterators, not recursion: a file may chain many jobs.
    waiting = [iter([start])]
    while waiting:
        job = next(waiting[-1], None)
        if job is None:
            waiting.pop()
            if path:
                done.add(path.pop())
            continue
        if job in path:
            return [*path[path.index(job) :], job]
        if job in done or job not in needs:
            continue
        path.append(job)
        waiting.append(iter(needs[job]))
    return []


def needed_by(job: str, needs: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the jobs that a job needs, directly or through others."""
    found: set[str] = set()
    waiting = list(needs.get(job, ()))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(needs.get(name, ()))
    return found
