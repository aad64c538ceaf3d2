"""Pickers of catalog entities: any, owners, one's own, several, one's groups."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q

from apps.accounts.models import Membership
from apps.catalog import selectors as catalog
from apps.catalog.domain.filters import All, Exists, Node, OneOf, Some, check_key
from apps.catalog.domain.records import EntitySummary
from apps.catalog.domain.ref import EntityRef, InvalidEntityRef
from apps.catalog.selectors.filtering import filter_q
from apps.core.errors import InvalidInput
from apps.scaffolder.domain.form_question import Field
from apps.scaffolder.pickers.base import (
    SHOWN_WHOLE,
    Choice,
    Cleaned,
    Picker,
    PickerContext,
    PickerView,
)

MAX_SUGGESTIONS = 20


class EntityPicker(Picker):
    """Any entity that fits `catalogFilter`; the value is its reference."""

    key = "EntityPicker"
    default_kinds: tuple[str, ...] = ()
    arbitrary_by_default = True

    def show(self, question: Field, context: PickerContext) -> PickerView:
        found = self._find(question, "", context, limit=SHOWN_WHOLE + 1)
        note = "" if found else self._nothing(question)
        choices = tuple(self._choices(found, question, context))
        if len(found) > SHOWN_WHOLE or self._takes_anything(question):
            return PickerView(
                "search", choices[:MAX_SUGGESTIONS], note, placeholder=self._placeholder(question)
            )
        known = {choice.value for choice in choices}
        if isinstance(question.value, str) and question.value and question.value not in known:
            choices = (*choices, Choice(question.value, question.value, group="As given"))
        return PickerView("select", choices, note)

    def search(self, question: Field, text: str, context: PickerContext) -> tuple[Choice, ...]:
        found = self._find(question, text, context, limit=MAX_SUGGESTIONS)
        return tuple(self._choices(found, question, context))

    def clean(self, question: Field, value: Any, context: PickerContext) -> Cleaned:
        if not isinstance(value, str) or not value:
            return Cleaned(value)
        try:
            ref = self._ref(question, value)
        except InvalidEntityRef as error:
            return Cleaned(value) if self._takes_anything(question) else self._wrong(error, value)
        if self._fits(question, ref, context):
            return Cleaned(ref)
        if self._takes_anything(question):
            return Cleaned(ref)
        close = self.search(question, value, context)[:3]
        meant = f" Did you mean {', '.join(c.value for c in close)}?" if close else ""
        return Cleaned(value, (f"There is no {value} here to choose.{meant}",))

    def initial(self, question: Field, context: PickerContext) -> Any:
        if question.question.ui_options.get("autoSelect") is not True:
            return None
        found = self._find(question, "", context, limit=2)
        return found[0].ref if len(found) == 1 and question.question.required else None

    def _condition(self, question: Field, context: PickerContext) -> Q:
        options = question.question.ui_options
        condition = filter_q(catalog_filter(options.get("catalogFilter")))
        kinds = options.get("allowedKinds") or (
            () if options.get("catalogFilter") else self.default_kinds
        )
        if isinstance(kinds, list | tuple) and kinds:
            condition &= filter_q(OneOf("kind", tuple(str(kind).lower() for kind in kinds)))
        return condition

    def _find(
        self, question: Field, text: str, context: PickerContext, *, limit: int
    ) -> list[EntitySummary]:
        condition = self._condition(question, context)
        return catalog.suggest_entities(context.actor, text, condition=condition, limit=limit)

    def _fits(self, question: Field, ref: str, context: PickerContext) -> bool:
        condition = self._condition(question, context) & Q(ref=ref)
        return bool(catalog.suggest_entities(context.actor, "", condition=condition, limit=1))

    def _ref(self, question: Field, value: str) -> str:
        options = question.question.ui_options
        kinds = options.get("allowedKinds") or self.default_kinds
        kind = options.get("defaultKind") or (kinds[0] if kinds else None)
        namespace = options.get("defaultNamespace")
        return str(
            EntityRef.parse(
                value.strip(),
                default_kind=str(kind) if kind else _kind_of(options.get("catalogFilter")),
                default_namespace=namespace if isinstance(namespace, str) else "default",
            )
        )

    def _takes_anything(self, question: Field) -> bool:
        return (
            question.question.ui_options.get("allowArbitraryValues", self.arbitrary_by_default)
            is True
            and not question.question.ui_options.get("catalogFilter")
        ) or question.question.ui_options.get("allowArbitraryValues") is True

    def _choices(
        self, found: Iterable[EntitySummary], question: Field, context: PickerContext
    ) -> Iterable[Choice]:
        for entity in found:
            yield Choice(entity.ref, entity.display_name, entity.description[:120])

    def _placeholder(self, question: Field) -> str:
        kind = question.question.ui_options.get("defaultKind") or "component"
        return f"{str(kind).lower()}:default/…"

    def _nothing(self, question: Field) -> str:
        options = question.question.ui_options
        wanted = describe(options.get("catalogFilter"), options.get("allowedKinds"))
        return (
            f"The catalog has {wanted or 'nothing'} that you may see. Register one, or ask the "
            "owner of this golden path to widen its filter."
        )

    def _wrong(self, error: InvalidEntityRef, value: str) -> Cleaned:
        return Cleaned(value, (str(error),))


class OwnerPicker(EntityPicker):
    """A group or a person; the groups of whoever asks come first."""

    key = "OwnerPicker"
    default_kinds = ("Group", "User")
    arbitrary_by_default = False

    def initial(self, question: Field, context: PickerContext) -> Any:
        if not question.question.required:
            return None
        own = own_groups(context)
        fitting = self._find_refs(question, own, context)
        return next((ref for ref in own if ref in fitting), None)

    def _find(
        self, question: Field, text: str, context: PickerContext, *, limit: int
    ) -> list[EntitySummary]:
        found = super()._find(question, text, context, limit=limit)
        if text:
            return found
        own = set(own_groups(context))
        listed = {entity.ref for entity in found}
        if own - listed:
            condition = self._condition(question, context) & Q(ref__in=sorted(own - listed))
            more = catalog.suggest_entities(context.actor, "", condition=condition, limit=20)
            found = [*more, *found]
        return sorted(found, key=lambda entity: entity.ref not in own)

    def _find_refs(self, question: Field, refs: list[str], context: PickerContext) -> set[str]:
        condition = self._condition(question, context) & Q(ref__in=refs)
        found = catalog.suggest_entities(context.actor, "", condition=condition, limit=50)
        return {entity.ref for entity in found}

    def _choices(
        self, found: Iterable[EntitySummary], question: Field, context: PickerContext
    ) -> Iterable[Choice]:
        own = set(own_groups(context))
        for entity in found:
            group = "Your teams" if entity.ref in own else "Others"
            yield Choice(entity.ref, entity.display_name, entity.description[:120], group)


class OwnedEntityPicker(EntityPicker):
    """As EntityPicker, of what the person and their groups own."""

    key = "OwnedEntityPicker"
    arbitrary_by_default = False

    def _condition(self, question: Field, context: PickerContext) -> Q:
        own = Q(owner_ref__in=sorted(context.actor.owner_refs))
        return super()._condition(question, context) & own

    def _nothing(self, question: Field) -> str:
        return "You and your teams own nothing that fits. Ask to join the team that does."


class MultiEntityPicker(EntityPicker):
    """Several entities; the value is a list of references."""

    key = "MultiEntityPicker"

    def show(self, question: Field, context: PickerContext) -> PickerView:
        found = self._find(question, "", context, limit=SHOWN_WHOLE)
        note = "" if found else self._nothing(question)
        choices = tuple(self._choices(found, question, context))
        known = {choice.value for choice in choices}
        chosen = question.value if isinstance(question.value, list) else []
        extra = [str(ref) for ref in chosen if ref not in known]
        return PickerView("boxes", (*choices, *(Choice(ref, ref) for ref in extra)), note)

    def clean(self, question: Field, value: Any, context: PickerContext) -> Cleaned:
        if not isinstance(value, list):
            return Cleaned(value)
        cleaned = [super(MultiEntityPicker, self).clean(question, each, context) for each in value]
        problems = tuple(problem for each in cleaned for problem in each.problems)
        return Cleaned([each.value for each in cleaned], problems)


class MyGroupsPicker(EntityPicker):
    """One of the groups of whoever asks."""

    key = "MyGroupsPicker"
    arbitrary_by_default = False

    def _condition(self, question: Field, context: PickerContext) -> Q:
        return Q(ref__in=own_groups(context))

    def initial(self, question: Field, context: PickerContext) -> Any:
        own = own_groups(context)
        return own[0] if len(own) == 1 else None

    def _nothing(self, question: Field) -> str:
        return "You are in no group of the catalog. Ask an administrator to add you to one."


def own_groups(context: PickerContext) -> list[str]:
    """Return the groups a person is directly in, not those above them."""
    user_ref = context.actor.user.entity_ref
    if not user_ref:
        return []
    rows = Membership.objects.filter(user_ref=user_ref, direct=True).order_by("group_ref")
    return list(rows.values_list("group_ref", flat=True))


def catalog_filter(raw: Any) -> Node:
    """
    Return the condition that a `catalogFilter` stands for; a list means any of its members.

    :raises InvalidInput: if it names a field that no entity has
    """
    if isinstance(raw, list):
        return Some(tuple(catalog_filter(each) for each in raw[:50]))
    if not isinstance(raw, Mapping):
        return All(())
    parts: list[Node] = []
    for name, wanted in list(raw.items())[:50]:
        key = check_key(str(name))
        if isinstance(wanted, Mapping) and wanted.get("exists") is True:
            parts.append(Exists(key))
        elif isinstance(wanted, list):
            parts.append(OneOf(key, tuple(str(value).lower() for value in wanted[:100])))
        elif isinstance(wanted, str | int | float | bool):
            parts.append(OneOf(key, (str(wanted).lower(),)))
        else:
            raise InvalidInput(f"The catalogFilter for {str(name)[:80]} cannot be used.")
    return All(tuple(parts))


def describe(raw: Any, kinds: Any) -> str:
    """Return what a filter looks for, for a sentence: "no Component with spec.type service"."""
    first = raw[0] if isinstance(raw, list) and raw else raw
    wanted = dict(first) if isinstance(first, Mapping) else {}
    kind = wanted.pop("kind", kinds) or "entity"
    noun = " or ".join(str(each) for each in kind) if isinstance(kind, list | tuple) else str(kind)
    conditions = [
        f"{name} {' or '.join(map(str, value)) if isinstance(value, list) else value}"
        if not isinstance(value, Mapping)
        else str(name)
        for name, value in list(wanted.items())[:5]
    ]
    return f"no {noun}" + (f" with {' and '.join(conditions)}" if conditions else "")


def _kind_of(raw: Any) -> str | None:
    kind = raw.get("kind") if isinstance(raw, Mapping) else None
    if isinstance(kind, list) and kind:
        kind = kind[0]
    return kind if isinstance(kind, str) else None


ALL: tuple[Picker, ...] = (
    EntityPicker(),
    OwnerPicker(),
    OwnedEntityPicker(),
    MultiEntityPicker(),
    MyGroupsPicker(),
)
