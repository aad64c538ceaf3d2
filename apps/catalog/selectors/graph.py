"""Relations of an entity, and the graph around it."""

from django.db.models import Q

from apps.accounts.permissions import Actor
from apps.catalog.domain.records import Edge, EntityDetail, Graph, Neighbour
from apps.catalog.domain.ref import EntityRef
from apps.catalog.models import Entity, Relation
from apps.catalog.selectors.entities import get_entity, summaries_by_refs

MAX_DEPTH = 6
MAX_EDGES = 5000


def relations_of(actor: Actor | None, entity: EntityDetail) -> dict[str, list[Neighbour]]:
    """Return the other ends of an entity's relations by type; both directions, sorted."""
    targets = summaries_by_refs(actor, (relation["targetRef"] for relation in entity.relations))
    hidden = _hidden({relation["targetRef"] for relation in entity.relations} - set(targets))
    found: dict[str, list[Neighbour]] = {}
    for relation in entity.relations:
        ref = relation["targetRef"]
        if ref not in hidden:
            neighbour = Neighbour(relation["type"], ref, targets.get(ref))
            found.setdefault(relation["type"], []).append(neighbour)
    return found


def neighbourhood(
    actor: Actor | None,
    ref: str | EntityRef,
    *,
    depth: int = 1,
    limit: int = 300,
    relations: frozenset[str] | None = None,
) -> Graph:
    """
    Return the entities at most `depth` relations away; `relations` limits which are walked.

    Nearer ones come first; beyond `limit` nodes the graph is truncated.

    :raises EntityNotFound: if the entity in the middle is not there for this person
    """
    root = get_entity(actor, ref)
    distance = {root.ref: 0}
    edges: set[Edge] = set()
    frontier = {root.ref}
    truncated = False
    for step in range(1, min(depth, MAX_DEPTH) + 1):
        found = _edges_at(frontier, relations)
        truncated = truncated or len(found) >= MAX_EDGES
        edges.update(found)
        ends = {end for edge in found for end in (edge.source, edge.target)}
        frontier = ends - distance.keys() - _hidden_from(actor, ends - distance.keys())
        for end in sorted(frontier)[: limit - len(distance)]:
            distance[end] = step
        if len(distance) >= limit and frontier - distance.keys():
            truncated = True
            break
    return _graph(actor, root.ref, distance, edges, truncated)


def _edges_at(frontier: set[str], relations: frozenset[str] | None) -> set[Edge]:
    rows = Relation.objects.filter(Q(source_ref__in=frontier) | Q(target_ref__in=frontier))
    if relations is not None:
        rows = rows.filter(type__in=relations)
    return {Edge(*row) for row in rows.values_list("source_ref", "type", "target_ref")[:MAX_EDGES]}


def _graph(
    actor: Actor | None, root: str, distance: dict[str, int], edges: set[Edge], truncated: bool
) -> Graph:
    known = summaries_by_refs(actor, distance)
    nodes = sorted(distance, key=lambda ref: (distance[ref], ref))
    return Graph(
        root=root,
        nodes=tuple(Neighbour("", ref, known.get(ref)) for ref in nodes),
        edges=tuple(
            sorted(
                (e for e in edges if e.source in distance and e.target in distance),
                key=lambda edge: (edge.source, edge.type, edge.target),
            )
        ),
        truncated=truncated,
    )


def _hidden(refs: set[str]) -> set[str]:
    """Return those that exist: asked of what is not visible, it is what must not be named."""
    return set(Entity.objects.filter(ref__in=refs).values_list("ref", flat=True))


def _hidden_from(actor: Actor | None, refs: set[str]) -> set[str]:
    if actor is None:
        return set()
    restricted = Entity.objects.filter(ref__in=refs, is_restricted=True)
    visible = restricted.visible_to(actor).values_list("ref", flat=True)
    return set(restricted.values_list("ref", flat=True)) - set(visible)
