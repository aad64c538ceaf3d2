"""The promises of the engine as queries; each must find nothing (reliability.md 3.3)."""

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True)
class Invariant:
    """A promise; `query` returns one text for each row that breaks it."""

    key: str
    promise: str
    query: str


INVARIANTS = (
    Invariant(
        "I1",
        "one run for each person and idempotency key",
        """SELECT requested_by_id || ' ' || idem_key FROM scaffolder_run
           GROUP BY requested_by_id, idem_key HAVING count(*) > 1""",
    ),
    Invariant(
        "I2",
        "no running run has a lease that ended more than 40 s ago",
        """SELECT id::text FROM scaffolder_run WHERE state = 'running'
           AND (lease_until IS NULL OR lease_until < clock_timestamp() - interval '40 seconds')""",
    ),
    Invariant(
        "I3",
        "a step leaves TODO only when all before it are done, skipped or failed",
        """SELECT later.run_id || ' step ' || later.n FROM scaffolder_runstep AS later
           JOIN scaffolder_runstep AS earlier
             ON earlier.run_id = later.run_id AND earlier.n < later.n
           JOIN scaffolder_run AS run ON run.id = later.run_id
           WHERE later.state IN ('intent', 'done') AND earlier.state IN ('todo', 'intent')
             AND run.state NOT IN ('queued', 'running', 'waiting', 'cancelled')""",
    ),
    Invariant(
        "I4",
        "a step that made something outside has its marker and the thing's id",
        """SELECT run_id || ' step ' || n FROM scaffolder_runstep
           WHERE state = 'done' AND (request_marker = ''
             OR (external_id = '' AND action IN ('publish:github', 'github:repo:create')))""",
    ),
    Invariant(
        "I5",
        "no two runs own the same repository",
        """SELECT external_id FROM scaffolder_runstep
           WHERE external_id LIKE 'github:repository:%%'
           GROUP BY external_id HAVING count(DISTINCT run_id) > 1""",
    ),
    Invariant(
        "I6",
        "no step is ahead of its run's epoch, and events are numbered without a gap",
        """SELECT step.run_id || ' step ' || step.n FROM scaffolder_runstep AS step
           JOIN scaffolder_run AS run ON run.id = step.run_id WHERE step.epoch > run.epoch
           UNION ALL
           SELECT run.id || ' has ' || count(event.id) || ' events, last ' || run.last_seq
           FROM scaffolder_run AS run LEFT JOIN scaffolder_runevent AS event
             ON event.run_id = run.id
           GROUP BY run.id HAVING count(event.id) <> run.last_seq
             OR COALESCE(max(event.seq), 0) <> run.last_seq""",
    ),
    Invariant(
        "I7",
        "a run that has ended has a moment of its end, and no owner",
        """SELECT id::text FROM scaffolder_run
           WHERE (state IN ('succeeded', 'failed', 'cancelled'))
             <> (ended_at IS NOT NULL AND owner = '' AND lease_until IS NULL)
             AND NOT (state IN ('queued', 'waiting', 'running') AND ended_at IS NULL)""",
    ),
    Invariant(
        "I8",
        "no step is tried more than 8 times",
        "SELECT run_id || ' step ' || n FROM scaffolder_runstep WHERE attempts > 8",
    ),
    Invariant(
        "I10",
        "no secret outlives its run or its day",
        """SELECT secret.run_id || ' ' || secret.name FROM scaffolder_runsecret AS secret
           JOIN scaffolder_run AS run ON run.id = secret.run_id
           WHERE run.state IN ('succeeded', 'failed', 'cancelled')
             OR secret.expires_at < clock_timestamp() - interval '5 minutes'""",
    ),
    Invariant(
        "I11",
        "each change of a run's state has one audit row, and they form a chain",
        """SELECT id FROM (
             SELECT run.id::text AS id, run.state,
               audit.detail #>> '{state,before}' AS before,
               audit.detail #>> '{state,after}' AS after,
               lag(audit.detail #>> '{state,after}')
                 OVER (PARTITION BY run.id ORDER BY audit.id) AS previous,
               lead(audit.id) OVER (PARTITION BY run.id ORDER BY audit.id) AS following
             FROM scaffolder_run AS run LEFT JOIN core_auditevent AS audit
               ON audit.object_kind = 'run' AND audit.object_id = run.id::text
               AND audit.decision = 'allowed' AND audit.detail ? 'state'
           ) AS change
           WHERE before IS DISTINCT FROM previous OR (following IS NULL AND after <> state)
             OR after IS NULL""",
    ),
)


def violated() -> list[str]:
    """Return one sentence for each row that breaks a promise; empty when all hold."""
    found = []
    with connection.cursor() as cursor:
        for invariant in INVARIANTS:
            cursor.execute(invariant.query.replace("%%", "%"))
            found += [
                f"{invariant.key}: {row[0]} breaks “{invariant.promise}”."
                for row in cursor.fetchall()
            ]
    return found
