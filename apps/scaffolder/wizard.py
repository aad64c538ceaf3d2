"""A golden path being filled in: its pages, the answers so far, what is wrong with them."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from apps.accounts.permissions import Actor
from apps.scaffolder.domain import validation
from apps.scaffolder.domain.form_question import Field
from apps.scaffolder.domain.form_values import MASK, Posted, read_page, without_empty_rows
from apps.scaffolder.domain.schema_form import Form, build_form
from apps.scaffolder.drafts import Draft
from apps.scaffolder.golden_paths import GoldenPath
from apps.scaffolder.pickers import Picker, PickerContext, pickers

Problems = dict[str, list[str]]
MAX_ANSWERED = 2000


class Wizard:
    """One golden path with one person's draft; changes the draft, stores nothing."""

    def __init__(self, path: GoldenPath, draft: Draft, actor: Actor) -> None:
        self.path = path
        self.draft = draft
        self._actor = actor

    @property
    def page_count(self) -> int:
        return len(self.path.spec.pages)

    def form(self, number: int) -> Form:
        """
        Return a page (from 0) with what can be filled in already.

        :raises FormTooLarge: if the page has too many fields
        """
        form = self._build(number)
        if self._suggest(form):
            form = self._build(number)
        return form

    def read(self, number: int, posted: Posted) -> Form:
        """
        Take over what was posted from a page.

        :raises FormTooLarge: if the page has too many fields
        """
        draft = self.draft
        form = read_page(
            self._schema(number),
            draft.values,
            posted,
            choices=draft.choices,
            answered=frozenset(draft.answered),
            secrets=draft.secrets,
        )
        on_page = {each.name for each in form.fields}
        # Answers to fields that are hidden now stay in the draft, in case they come back.
        draft.values = {k: v for k, v in draft.values.items() if k not in on_page} | form.values
        seen = set(draft.answered) | {each.path for each in form.walk()}
        draft.answered = sorted(seen)[:MAX_ANSWERED]
        draft.touched = True
        return form

    def clean(self, number: int) -> Problems:
        """
        Bring a page's answers into their final form; return what is wrong, by path.

        :raises InvalidTemplate: if the page's schema is itself wrong
        """
        form = self._build(number)
        found: Problems = {}
        self._clean_pickers(form.fields, self.draft.values, found)
        values = self.submitted_values()
        # The picker's own sentence stands beside the field already.
        for path, sentences in validation.page_problems(self.path.spec, number, values).items():
            if path not in found:
                found[path] = sentences
        return found

    def problems(self) -> dict[int, Problems]:
        """Return what is wrong, by page, where anything is."""
        found = {number: self.clean(number) for number in range(self.page_count)}
        return {number: problems for number, problems in found.items() if problems}

    def submitted_values(self) -> dict[str, Any]:
        """Return the answers of all fields that exist for these answers, and no others."""
        values: dict[str, Any] = {}
        for number in range(self.page_count):
            form = self._build(number)
            values |= without_empty_rows(form.fields, form.values)
        return values

    def submitted_secrets(self) -> dict[str, str]:
        """Return the secrets whose fields exist for these answers."""
        names = {
            each.name
            for number in range(self.page_count)
            for each in self._build(number).walk()
            if each.is_secret and each.value == MASK
        }
        return {name: text for name, text in self.draft.secrets.items() if name in names}

    def context(self) -> PickerContext:
        """Return what pickers look things up with."""
        return PickerContext(
            actor=self._actor, values=self.draft.values, forge_owner=_owner_of(self.path.url)
        )

    def change_rows(self, number: int, operation: str, path: str) -> None:
        """Add, remove or move a row of a list: "add" on its path, the others on a row's path."""
        form = self._build(number)
        if operation == "add":
            target = next((f for f in form.walk() if f.path == path and f.can_add), None)
            if target is not None:
                self._replace(path, [*_rows(target), None])
            return
        parent_path, _, index_text = path.rpartition("[")
        parent = next((f for f in form.walk() if f.path == parent_path), None)
        index = int(index_text[:-1]) if index_text[:-1].isdigit() else -1
        if parent is None or parent.kind != "array" or not 0 <= index < len(parent.children):
            return
        rows = _rows(parent)
        if operation == "remove" and parent.can_remove:
            rows.pop(index)
        elif operation == "up" and parent.can_move and index > 0:
            rows[index - 1], rows[index] = rows[index], rows[index - 1]
        self._replace(parent_path, rows)

    def _build(self, number: int) -> Form:
        draft = self.draft
        return build_form(
            self._schema(number),
            draft.values,
            choices=draft.choices,
            answered=frozenset(draft.answered),
        )

    def _schema(self, number: int) -> dict[str, Any]:
        return self.path.spec.pages[number].schema

    def _suggest(self, form: Form) -> bool:
        """Fill in what pickers propose, unless somebody has answered otherwise."""
        draft, changed = self.draft, False
        for each in form.fields:
            picker = picker_of(each)
            if picker is None:
                continue
            untouched = each.path not in draft.answered and not each.has_value
            suggested = draft.suggestions.get(each.path)
            if not untouched and (suggested is None or each.value != suggested):
                continue
            value = picker.initial(each, self.context())
            if value is not None and value != each.value:
                draft.values[each.name] = value
                draft.suggestions[each.path] = value
                changed = True
        return changed

    def _clean_pickers(
        self, fields: tuple[Field, ...], values: dict[str, Any], found: Problems
    ) -> None:
        for each in fields:
            picker = picker_of(each)
            if picker is not None and each.has_value:
                cleaned = picker.clean(each, each.value, self.context())
                if cleaned.problems:
                    found[each.path] = list(cleaned.problems)
                elif cleaned.value != each.value and "[" not in each.path:
                    self._replace(each.path, cleaned.value)
            self._clean_pickers(each.children, values, found)

    def _replace(self, path: str, value: Any) -> None:
        """Put a value at the path of a field."""
        place: Any = self.draft.values
        parts = _parts(path)
        for part, following in pairwise(parts):
            if isinstance(place, dict) and not isinstance(place.get(part), dict | list):
                place[part] = [] if isinstance(following, int) else {}
            place = place[part]
        place[parts[-1]] = value


def picker_of(each: Field) -> Picker | None:
    """Return the picker of a field, or None where its `ui:field` is none or unknown."""
    return pickers.find(each.picker) if each.picker else None


def masked(each: Field) -> Field:
    """Return the field with its value hidden."""
    return replace(each, value=MASK)


def _rows(each: Field) -> list[Any]:
    return [child.value if child.has_value else None for child in each.children]


def _parts(path: str) -> list[str | int]:
    parts: list[str | int] = []
    for piece in path.split("."):
        name, *indexes = piece.split("[")
        if name:
            parts.append(name)
        parts.extend(int(index[:-1]) for index in indexes)
    return parts


def _owner_of(url: str) -> str:
    """Return the forge's owner of the repository that the template comes from, or ""."""
    parts = urlsplit(url.removeprefix("url:"))
    if parts.scheme not in {"http", "https"}:
        return ""
    return parts.path.strip("/").partition("/")[0]


def composed(posted: Mapping[str, Any]) -> dict[str, str]:
    """Return the values that pickers of several inputs make of "p.<path>.owner" and the like."""
    groups: dict[str, dict[str, str]] = {}
    for key in posted:
        if key.startswith("p.") and "." in key[2:]:
            path, _, part = key[2:].rpartition(".")
            groups.setdefault(path, {})[part] = str(posted[key])[:400]
    found = {}
    for path, parts in groups.items():
        picker = next((p for p in pickers if p.parts() and set(p.parts()) & set(parts)), None)
        if picker is not None:
            found[path] = picker.compose(parts)
    return found
