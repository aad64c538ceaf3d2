"""Reads of entities for pages, the form fields and other apps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.utils.functional import cached_property

from apps.accounts.permissions import Actor
from apps.catalog.domain.problems import Problem
from apps.catalog.domain.query import FACETS, EntityQuery
from apps.catalog.domain.records import EntityDetail, EntitySummary, Facet
from apps.catalog.domain.ref import EntityRef
from apps.catalog.models import Claim, Entity
from apps.catalog.models.entity import EntityQuerySet
from apps.catalog.selectors import filtering
from apps.catalog.selectors.facets import Counts, counts_of, total_of
from apps.catalog.selectors.locations import conflicts
from apps.catalog.selectors.records import SUMMARY_COLUMNS, detail, summaries, summary
from apps.core.errors import NotFound


class EntityNotFound(NotFound):
    """No entity has this reference, or the person may not know of it."""


@dataclass(frozen=True)
class EntityList:
    """A page of the catalog list: `page` for `{% pagination %}`, its rows, the facets beside it."""

    query: EntityQuery
    page: "Page[Entity]"
    entities: tuple[EntitySummary, ...]
    total: int
    facets: tuple[Facet, ...]


class _CountedPages(Paginator):  # type: ignore[type-arg]  # not subscriptable at run time
    """Pages of which it is known already how many rows they have."""

    def __init__(self, rows: EntityQuerySet, size: int, *, total: int) -> None:
        super().__init__(rows, size)
        self.total = total

    @cached_property
    def count(self) -> int:
        return self.total


def list_entities(
    actor: Actor | None, query: EntityQuery, *, with_facets: bool = True
) -> EntityList:
    """Return a page of entities; a page beyond the last is the last."""
    counts = counts_of(actor, query) if with_facets else Counts(total_of(actor, query), ())
    rows = filtering.ordered(matching(actor, query), query)
    page = _CountedPages(rows, query.page_size, total=counts.total).get_page(query.page)
    start = (page.number - 1) * query.page_size
    # The page is found by the narrow columns of an index; only its own wide rows are read.
    on_page = Entity.objects.filter(ref__in=rows[start : start + query.page_size].values("ref"))
    return EntityList(
        query=query,
        page=page,
        entities=tuple(summaries(filtering.ordered(on_page, query))),
        total=counts.total,
        facets=counts.facets,
    )


def matching(actor: Actor | None, query: EntityQuery) -> EntityQuerySet:
    """Return the entities a question asks for, in no order."""
    condition = filtering.general_q(query, actor)
    for facet in FACETS:
        condition &= filtering.facet_q(query, facet, actor)
    return filtering.with_text(Entity.objects.visible_to(actor).filter(condition), query.text)


def get_entity(actor: Actor | None, ref: str | EntityRef) -> EntityDetail:
    """
    Return one entity.

    :raises EntityNotFound: if there is none, or the person may not know of it
    :raises InvalidEntityRef: if `ref` is not a reference
    """
    wanted = str(ref if isinstance(ref, EntityRef) else EntityRef.parse(ref))
    entity = Entity.objects.visible_to(actor).filter(ref=wanted).first()
    if entity is None:
        raise EntityNotFound(
            f"There is no entity {wanted} in the catalog.",
            hint="It may have been renamed or removed, or belong to a team you are not in.",
        )
    return detail(entity)


def entities_by_refs(actor: Actor | None, refs: Iterable[str]) -> dict[str, EntityDetail]:
    """Return the entities of these canonical references by reference; unknown ones are left out."""
    found = Entity.objects.visible_to(actor).filter(ref__in=set(refs))
    return {entity.ref: detail(entity) for entity in found}


def summaries_by_refs(actor: Actor | None, refs: Iterable[str]) -> dict[str, EntitySummary]:
    """Return what lists show of these entities; cheaper than `entities_by_refs`."""
    found = Entity.objects.visible_to(actor).filter(ref__in=set(refs))
    return {record.ref: record for record in summaries(found)}


def refs_of_kinds(actor: Actor | None, kinds: Sequence[str]) -> list[str]:
    """Return the references of every entity of these kinds (any case), sorted."""
    wanted = {kind.lower() for kind in kinds}
    condition = Q()
    for kind in wanted:
        condition |= Q(ref__startswith=f"{kind}:")
    found = Entity.objects.visible_to(actor).filter(condition) if wanted else Entity.objects.none()
    return list(found.order_by("ref").values_list("ref", flat=True))


def hidden_refs(actor: Actor | None) -> list[str]:
    """Return the references that exist but that this person may not know of; mostly none."""
    shown = Entity.objects.visible_to(actor).filter(is_restricted=True).values("pk")
    hidden = Entity.objects.filter(is_restricted=True).exclude(pk__in=shown)
    return list(hidden.values_list("ref", flat=True))


def exists(actor: Actor | None, ref: str | EntityRef) -> bool:
    """Tell whether there is such an entity."""
    return Entity.objects.visible_to(actor).filter(ref=str(ref)).exists()


def owned_by(
    actor: Actor | None, owner_refs: Iterable[str], *, kinds: Sequence[str] = ()
) -> list[EntitySummary]:
    """Return what these owners own, by kind and name; `kinds` as they are spelled ("API")."""
    found = Entity.objects.visible_to(actor).filter(owner_ref__in=set(owner_refs))
    if kinds:
        found = found.filter(kind__in=kinds)
    return summaries(found.order_by("kind", "sort_name", "ref"))


def template_entities(actor: Actor | None) -> list[EntityDetail]:
    """Return the golden paths a person may know of, by title."""
    found = Entity.objects.visible_to(actor).filter(kind="Template")
    return sorted(
        (detail(entity) for entity in found), key=lambda record: record.display_name.lower()
    )


def suggest_entities(
    actor: Actor | None,
    text: str,
    *,
    condition: Q | None = None,
    kinds: Sequence[str] = (),
    limit: int = 20,
) -> list[EntitySummary]:
    """Return the best matches for what a person types into a picker or the palette."""
    found = Entity.objects.visible_to(actor)
    if kinds:
        found = found.filter(kind__in=kinds)
    if condition is not None:
        found = found.filter(condition)
    query = EntityQuery(text=text.replace("\0", "")[:200])
    found = filtering.with_text(found, query.text)
    return [
        summary(entity) for entity in filtering.ordered(found, query).only(*SUMMARY_COLUMNS)[:limit]
    ]


def errors_of(actor: Actor | None, ref: str | EntityRef) -> list[Problem]:
    """Return what is wrong with the documents that claim an entity, errors first."""
    visible = Entity.objects.visible_to(actor).filter(ref=str(ref)).exists()
    if not visible and actor is not None:
        return []
    found = [
        Problem.from_json(problem)
        for problems in Claim.objects.filter(ref=str(ref))
        .order_by("id")
        .values_list("problems", flat=True)
        for problem in problems
    ]
    taken = Claim.objects.filter(ref=str(ref), state=Claim.State.CONFLICT)
    found += conflicts(taken.select_related("file").defer("entity"))
    return sorted(found, key=lambda problem: problem.level != "error")


def source_documents(actor: Actor | None, ref: str | EntityRef) -> list[dict[str, Any]]:
    """Return each file and line that claims an entity's name, the one that has it first."""
    entity = Entity.objects.visible_to(actor).filter(ref=str(ref)).only("claim_id").first()
    if entity is None:
        return []
    claims = Claim.objects.filter(ref=str(ref)).select_related("file").order_by("id")
    return sorted(
        (
            {
                "url": claim.file.url,
                "line": claim.line,
                "state": claim.state,
                "is_current": claim.pk == entity.claim_id,
                "location_id": str(claim.location_id),
            }
            for claim in claims
        ),
        key=lambda row: not row["is_current"],
    )
