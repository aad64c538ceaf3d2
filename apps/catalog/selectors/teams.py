"""The tree of teams with their people and what they own."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from apps.accounts.permissions import Actor
from apps.catalog.domain.records import EntitySummary
from apps.catalog.models import Entity, Relation
from apps.catalog.selectors.records import summaries

MAX_TEAMS = 2000
# A tree deeper than this is a mistake in somebody's file.
MAX_DEPTH = 12


@dataclass(frozen=True)
class Team:
    """A group with its place in the tree; `people` and `owned` count its own only."""

    entity: EntitySummary
    people: tuple[str, ...]
    owned: int
    children: "tuple[Team, ...]" = field(default=())

    @property
    def all_owned(self) -> int:
        """What the team and the teams below it own."""
        return self.owned + sum(child.all_owned for child in self.children)


def team_tree(actor: Actor | None) -> list[Team]:
    """Return the teams that have no parent, each with the teams below it."""
    groups = Entity.objects.visible_to(actor).filter(kind="Group").order_by("sort_name", "ref")
    by_ref = {group.ref: group for group in summaries(groups[:MAX_TEAMS])}
    parents = dict(_relations("childOf", by_ref))
    children = defaultdict(list)
    for child, parent in parents.items():
        children[parent].append(child)
    people = defaultdict(list)
    for member, group in _relations("memberOf", by_ref):
        people[group].append(member)
    owned = Counter(
        Entity.objects.visible_to(actor)
        .filter(owner_ref__in=list(by_ref))
        .values_list("owner_ref", flat=True)
    )
    seen: set[str] = set()

    def team(ref: str, depth: int) -> Team:
        seen.add(ref)
        below = [child for child in sorted(children[ref]) if child not in seen and child in by_ref]
        return Team(
            entity=by_ref[ref],
            people=tuple(sorted(people[ref])),
            owned=owned[ref],
            children=tuple(team(child, depth + 1) for child in below) if depth < MAX_DEPTH else (),
        )

    roots = [ref for ref in by_ref if parents.get(ref) not in by_ref]
    tree = [team(ref, 1) for ref in roots]
    # Groups that are one another's parents have no root; each is shown once all the same.
    return tree + [team(ref, 1) for ref in by_ref if ref not in seen]


def _relations(type: str, groups: dict[str, EntitySummary]) -> list[tuple[str, str]]:
    rows = Relation.objects.filter(type=type, target_ref__in=list(groups))
    return sorted(set(rows.values_list("source_ref", "target_ref")))
