"""The scorecards API: /api/scorecards/…, with tokens."""

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status

from apps.accounts.api_auth import ApiAuthentication, actor_of
from apps.accounts.permissions import Permission, Target, require
from apps.catalog import selectors as catalog
from apps.catalog.domain.ref import EntityRef
from apps.scorecards import selectors, services
from apps.scorecards.domain.states import Level

router = Router(auth=ApiAuthentication(), tags=["scorecards"])
MAX_REFS = 500


class RuleOut(Schema):
    """A rule of a scorecard."""

    id: str
    version: int
    title: str
    level: str
    weight: float
    evidence_class: str
    checks: str
    why: str


class ScorecardOut(Schema):
    """A scorecard with the number of entities on each level."""

    key: str
    title: str
    description: str
    levels: dict[str, int]
    rules: list[RuleOut]


class EvidenceOut(Schema):
    """One thing that was read."""

    text: str
    place: str
    url: str


class ResultOut(Schema):
    """What a rule says about an entity."""

    rule: str
    version: int
    title: str
    level: str
    state: str
    message: str
    evidence: list[EvidenceOut]
    since: datetime
    evaluated_at: datetime
    observed_at: datetime | None
    fix: list[str]


class StandingOut(Schema):
    """An entity on one scorecard; shares from 0 to 1."""

    entity: str
    scorecard: str
    level: str
    score: float | None
    coverage: float | None
    held_since: datetime | None
    evaluated_at: datetime
    results: list[ResultOut]


class EvaluateIn(Schema):
    """Entities to read and grade again."""

    refs: list[str]


class AcceptedOut(Schema):
    """How many entities will be graded again."""

    accepted: int


@router.get("/", response=list[ScorecardOut])
def list_scorecards(request: HttpRequest) -> list[ScorecardOut]:
    """Return every scorecard with its rules and how its entities spread over the levels."""
    actor = actor_of(request)
    require(actor, Permission.SCORECARD_READ)
    return [
        ScorecardOut(
            key=fleet.scorecard.key,
            title=fleet.scorecard.title,
            description=fleet.scorecard.description,
            levels={level.key: count for level, count in fleet.by_level},
            rules=[
                RuleOut(
                    id=rule.id,
                    version=rule.version,
                    title=rule.title,
                    level=rule.level.key,
                    weight=rule.weight,
                    evidence_class=rule.evidence_class.value,
                    checks=rule.checks,
                    why=rule.why,
                )
                for rule in fleet.scorecard.rules
            ],
        )
        for fleet in selectors.fleets(actor)
    ]


@router.get("/entities/{namespace}/{kind}/{name}", response=list[StandingOut])
def entity_results(request: HttpRequest, namespace: str, kind: str, name: str) -> list[StandingOut]:
    """Return where an entity stands on each scorecard, with every rule's result and evidence."""
    actor = actor_of(request)
    entity = catalog.get_entity(actor, EntityRef(kind, namespace, name))
    require(actor, Permission.SCORECARD_READ, Target("entity", entity.ref))
    return [_standing(entity.ref, view) for view in selectors.entity_cards(entity.ref)]


@router.post("/evaluate", response={202: AcceptedOut})
def evaluate(request: HttpRequest, payload: EvaluateIn) -> Status[AcceptedOut]:
    """Read and grade entities again in the background; unknown references are left out."""
    actor = actor_of(request)
    require(actor, Permission.SCORECARD_EVALUATE)
    wanted = [str(EntityRef.parse(text)) for text in payload.refs[:MAX_REFS]]
    refs = sorted(catalog.entities_by_refs(actor, wanted))
    if refs:
        services.request_evaluation(refs=refs, reason="asked through the API")
    return Status(202, AcceptedOut(accepted=len(refs)))


@router.post("/entities/{namespace}/{kind}/{name}/evaluate", response=list[StandingOut])
def evaluate_entity(
    request: HttpRequest, namespace: str, kind: str, name: str
) -> list[StandingOut]:
    """Grade one entity now, from the facts that are stored, and return where it stands."""
    actor = actor_of(request)
    entity = catalog.get_entity(actor, EntityRef(kind, namespace, name))
    require(actor, Permission.SCORECARD_EVALUATE, Target("entity", entity.ref))
    services.evaluate_entities(refs=[entity.ref], now=timezone.now())
    return [_standing(entity.ref, view) for view in selectors.entity_cards(entity.ref)]


def _standing(ref: str, view: selectors.EntityCardView) -> StandingOut:
    return StandingOut(
        entity=ref,
        scorecard=view.scorecard.key,
        level=Level(view.level).key,
        score=view.score,
        coverage=view.coverage,
        held_since=view.held_since,
        evaluated_at=view.evaluated_at,
        results=[
            ResultOut(
                rule=row.rule.id,
                version=row.rule.version,
                title=row.rule.title,
                level=row.rule.level.key,
                state=row.state.value,
                message=row.message,
                evidence=[EvidenceOut(text=e.text, place=e.place, url=e.url) for e in row.evidence],
                since=row.since,
                evaluated_at=row.evaluated_at,
                observed_at=row.observed_at,
                fix=list(row.rule.fix.steps),
            )
            for row in view.rules
        ],
    )
