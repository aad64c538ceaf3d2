"""Pickers of plain texts: the name of an entity, tags, secrets."""

import re
from typing import Any

from apps.catalog import selectors as catalog
from apps.catalog.domain.query import EntityQuery
from apps.scaffolder.domain.form_question import Field
from apps.scaffolder.pickers.base import Choice, Cleaned, Picker, PickerContext, PickerView

# Object names and tags as the catalog takes them (backstage-spec.md 1.2).
_NAME = re.compile(r"(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_TAG = re.compile(r"[a-z0-9:+#]+(?:-[a-z0-9:+#]+)*")
MAX_NAME = 63
MAX_TAGS_SHOWN = 40


class EntityNamePicker(Picker):
    """The name of an entity that does not exist yet."""

    key = "EntityNamePicker"

    def clean(self, question: Field, value: Any, context: PickerContext) -> Cleaned:
        if not isinstance(value, str) or not value:
            return Cleaned(value)
        value = value.strip()
        if len(value) > MAX_NAME or not _NAME.fullmatch(value):
            return Cleaned(
                value,
                (
                    "Use letters, digits, dashes, dots and underscores, with a letter or digit at "
                    f"both ends, at most {MAX_NAME} characters.",
                ),
            )
        return Cleaned(value)


class EntityTagsPicker(Picker):
    """Tags; those that are in use already are offered."""

    key = "EntityTagsPicker"

    def show(self, question: Field, context: PickerContext) -> PickerView:
        kinds = question.question.ui_options.get("kinds")
        query = EntityQuery(kind=tuple(str(kind) for kind in kinds) if kinds else ())
        facets = {facet.key: facet for facet in catalog.facets_of(context.actor, query)}
        used = facets["tag"].values if "tag" in facets else ()
        choices = tuple(
            Choice(value.value, value.value, f"{value.count}") for value in used[:MAX_TAGS_SHOWN]
        )
        chosen = question.value if isinstance(question.value, list) else []
        known = {choice.value for choice in choices}
        extra = tuple(Choice(str(tag), str(tag)) for tag in chosen if tag not in known)
        return PickerView("tags", (*choices, *extra))

    def clean(self, question: Field, value: Any, context: PickerContext) -> Cleaned:
        if not isinstance(value, list):
            return Cleaned(value)
        tags = [
            part
            for each in value
            if isinstance(each, str)
            for part in re.split(r"[\s,]+", each.strip().lower())
            if part
        ]
        tags = list(dict.fromkeys(tags))
        wrong = [tag for tag in tags if len(tag) > MAX_NAME or not _TAG.fullmatch(tag)]
        if wrong:
            sentence = "Tags have lower-case letters, digits, : + # and single dashes between them"
            return Cleaned(tags, (f"{sentence}: {', '.join(wrong[:5])} does not fit.",))
        return Cleaned(tags)


class Secret(Picker):
    """A secret of the run; it never comes back to the browser."""

    key = "Secret"

    def show(self, question: Field, context: PickerContext) -> PickerView:
        return PickerView("secret")


ALL: tuple[Picker, ...] = (EntityNamePicker(), EntityTagsPicker(), Secret())
