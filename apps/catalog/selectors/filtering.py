"""From what is asked to what the database is asked."""

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Case, F, FloatField, Q, Value, When
from django.db.models.functions import Coalesce

from apps.accounts.permissions import Actor
from apps.catalog.domain.filters import All, Exists, HasPrefix, Node, Not, OneOf
from apps.catalog.domain.kinds import KIND_NAMES
from apps.catalog.domain.query import EntityQuery
from apps.catalog.models.entity import EntityQuerySet

# A row whose primary key is in an empty list: what "nothing" is in a Q.
_NOTHING = Q(pk__in=[])
# Below this share of common trigrams a word is another word, not a typing error.
TYPO_SIMILARITY = 0.45


def filter_q(node: Node) -> Q:
    """Return a filter as a condition of the entity table."""
    if isinstance(node, Exists):
        return Q(terms__contains=[node.key])
    if isinstance(node, OneOf):
        return _one_of(node)
    if isinstance(node, HasPrefix):
        return Q(terms__contains=[node.key]) & Q(terms__prefix=f"{node.key}={node.prefix}")
    if isinstance(node, Not):
        return ~filter_q(node.part)
    combined = Q()
    for part in node.parts:
        combined = combined & filter_q(part) if isinstance(node, All) else combined | filter_q(part)
    return combined if node.parts or isinstance(node, All) else _NOTHING


def _one_of(node: OneOf) -> Q:
    if node.key == "kind":
        # The column has an index in the order of names; each known kind has one spelling.
        return Q(kind__in=[KIND_NAMES[value] for value in node.values if value in KIND_NAMES])
    found = [f"{node.key}={value}" for value in node.values]
    return Q(terms__contains=found) if len(found) == 1 else Q(terms__overlap=found)


def facet_q(query: EntityQuery, facet: str, actor: Actor | None) -> Q:
    """Return what the chosen values of one facet ask for."""
    values = query.chosen(facet)
    if not values:
        return Q()
    lower = [value.lower() for value in values]
    if facet == "kind":
        return Q(kind__in=[KIND_NAMES.get(value, value) for value in lower])
    if facet in {"type", "lifecycle"}:
        # The columns of the index of facets, as written: the values come from the facets.
        return Q(**{f"{facet}__in": values})
    if facet == "tag":
        return Q(terms__overlap=[f"metadata.tags={value}" for value in lower])
    column = "owner_ref" if facet == "owner" else "system_ref"
    return Q(**{f"{column}__in": ["" if value == "none" else value for value in lower]})


def general_q(query: EntityQuery, actor: Actor | None) -> Q:
    """Return what a question asks for beside the facets and the text."""
    condition = Q()
    if query.mine:
        condition &= Q(owner_ref__in=sorted(actor.owner_refs) if actor else [])
    if query.starred:
        condition &= Q(ref__in=actor.user.starred if actor else [])
    if query.with_errors:
        condition &= Q(error_count__gt=0) | Q(warning_count__gt=0)
    return condition


def with_text(entities: EntityQuerySet, text: str) -> EntityQuerySet:
    """
    Keep entities whose name, title, description or tags have each word of `text`, or nearly.

    A word counts where it occurs; if that finds nothing, where a word of the entity shares enough
    trigrams with it.
    """
    words = text.lower().split()[:8]
    exact = entities
    for word in words:
        exact = exact.filter(search_text__contains=word)
    if not words or exact.exists():
        return exact
    for word in words:
        condition = Q(search_text__contains=word)
        if len(word) > 3:
            condition |= Q(search_text__trigram_word_similar=word)
        entities = entities.filter(condition)
    return entities


def ordered(entities: EntityQuerySet, query: EntityQuery) -> EntityQuerySet:
    """Order as the question says: by relevance where there is a text and no other wish."""
    if query.text and not query.sort:
        word = query.text.lower()
        rank = Case(
            When(sort_name=word, then=Value(4.0)),
            When(sort_name__startswith=word, then=Value(3.0)),
            When(sort_name__contains=word, then=Value(2.5)),
            default=Coalesce(TrigramWordSimilarity(word, F("search_text")), Value(0.0)),
            output_field=FloatField(),
        )
        return entities.order_by(rank.desc(), "sort_name", "ref")
    column = {
        "": "sort_name",
        "name": "sort_name",
        "-name": "-sort_name",
        "owner": "owner_ref",
        "system": "system_ref",
        "-updated": "-updated_at",
    }.get(query.sort, query.sort)
    if column.lstrip("-") == "sort_name":
        return entities.order_by(column, "-ref" if column.startswith("-") else "ref")
    return entities.order_by(column, "sort_name", "ref")
