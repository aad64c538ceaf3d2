"""The picker of a repository: host, owner and name, with a look whether the name is free."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings

from apps.core.errors import UserFacingError
from apps.integrations import scm
from apps.integrations.github import errors
from apps.integrations.github.client import client_for
from apps.integrations.models import PipelineRun
from apps.scaffolder.domain.form_question import Field
from apps.scaffolder.pickers.base import Cleaned, Picker, PickerContext, PickerView

MAX_OWNERS = 30


class RepoUrlPicker(Picker):
    """The value is Backstage's `host?owner=o&repo=r`."""

    key = "RepoUrlPicker"

    def show(self, question: Field, context: PickerContext) -> PickerView:
        options = question.question.ui_options
        known = split(question.value)
        hosts = _listed(options, "allowedHosts") or [own_host()]
        allowed = _listed(options, "allowedOwners") or _listed(options, "allowedOrganizations")
        return PickerView(
            "repository",
            parts={
                "host": known.get("host") or hosts[0],
                "hosts": hosts,
                "owner": known.get("owner", ""),
                "owners": allowed,
                "known_owners": [] if allowed else known_owners(context),
                "repo": known.get("repo", ""),
                "repos": _listed(options, "allowedRepos"),
                "checks": own_host() in hosts,
            },
        )

    def initial(self, question: Field, context: PickerContext) -> Any:
        view = self.show(question, context).parts
        owners = view["owners"] or view["known_owners"]
        name = context.values.get("name") or context.values.get("component_id") or ""
        if not isinstance(name, str) or not owners:
            return None
        if not name:
            return join(view["host"], owners[0], "")
        return join(view["host"], owners[0], name)

    def parts(self) -> tuple[str, ...]:
        return ("host", "owner", "repo")

    def compose(self, parts: Mapping[str, str]) -> str:
        if not parts.get("owner") and not parts.get("repo"):
            return ""
        return join(parts.get("host", ""), parts.get("owner", ""), parts.get("repo", ""))

    def clean(self, question: Field, value: Any, context: PickerContext) -> Cleaned:
        if not isinstance(value, str) or not value:
            return Cleaned(value)
        known = split(value)
        for part, noun in (("owner", "an owner"), ("repo", "a name for the repository")):
            if not known.get(part):
                return Cleaned(value, (f"Give {noun}.",))
        try:
            ref = scm.parse_repo_url(value)
        except scm.BadScmUrl as error:
            return Cleaned(value, (str(error),))
        problems = _not_allowed(question, ref)
        if not problems and creates_repository(context, question):
            problems = tuple(taken(ref))
        return Cleaned(ref.repo_url, problems)


def creates_repository(context: PickerContext, question: Field) -> bool:
    """Tell whether the repository is to be made; `ui:options.existing` says it is there."""
    return question.question.ui_options.get("existing") is not True


def taken(ref: scm.RepositoryRef) -> list[str]:
    """Return a sentence if the repository exists; a forge that does not answer is no obstacle."""
    if ref.host != own_host():
        return []
    try:
        found = client_for(ref.owner, repositories=(ref.name,)).get_repository(ref.full_name)
    except errors.GitHubError:
        # The run looks again before it creates, so an unknown answer does no harm here.
        return []
    return [f"{found.full_name} exists already. Choose another name, or register that repository."]


def availability(ref_text: str) -> tuple[str, str]:
    """Return a tone ("ok", "bad", "warn") and a sentence on whether a repository can be made."""
    try:
        ref = scm.parse_repo_url(ref_text)
    except UserFacingError as error:
        return "bad", str(error)
    if ref.host != own_host():
        return "warn", f"Whether {ref.full_name} is free on {ref.host} is seen when the run starts."
    try:
        found = client_for(ref.owner, repositories=(ref.name,)).get_repository(ref.full_name)
    except errors.NotFound:
        return "ok", f"{ref.full_name} is free."
    except errors.GitHubError as error:
        return "warn", f"The forge did not say whether {ref.full_name} is free: {error.message}"
    return "bad", f"{found.full_name} exists already. Choose another name."


def own_host() -> str:
    """Return the host of the portal's forge, with its port where it is not the usual one."""
    return urlsplit(settings.GITHUB_URL).netloc.lower()


def known_owners(context: PickerContext) -> list[str]:
    """Return organisations that the portal has seen: the template's first, then of pipelines."""
    names = PipelineRun.objects.order_by("full_name").values_list("full_name", flat=True)
    owners = [name.partition("/")[0] for name in names.distinct()[:500]]
    listed = [context.forge_owner, *owners] if context.forge_owner else owners
    return list(dict.fromkeys(listed))[:MAX_OWNERS]


def split(value: Any) -> dict[str, str]:
    """Return host, owner and repo of a value as far as it has them; never fails."""
    if not isinstance(value, str):
        return {}
    host, _, query = value.partition("?")
    pairs = parse_qs(query, max_num_fields=10) if query.count("&") < 10 else {}
    return {"host": host, **{key: found[0] for key, found in pairs.items()}}


def join(host: str, owner: str, repo: str) -> str:
    """Return Backstage's form of a repository."""
    parts = [(key, text.strip().strip("/")) for key, text in (("owner", owner), ("repo", repo))]
    return f"{host.strip()}?{urlencode([pair for pair in parts if pair[1]])}"


def _not_allowed(question: Field, ref: scm.RepositoryRef) -> tuple[str, ...]:
    options = question.question.ui_options
    owners = _listed(options, "allowedOwners") or _listed(options, "allowedOrganizations")
    for names, actual, noun in (
        (_listed(options, "allowedHosts"), ref.host, "host"),
        (owners, ref.owner, "owner"),
        (_listed(options, "allowedRepos"), ref.name, "repository"),
    ):
        if names and actual.lower() not in {name.lower() for name in names}:
            return (f"The {noun} must be {' or '.join(names[:10])}.",)
    return ()


def _listed(options: Mapping[str, Any], key: str) -> list[str]:
    value = options.get(key) or options.get(key[0].upper() + key[1:])
    return [str(each) for each in value[:MAX_OWNERS]] if isinstance(value, list) else []


ALL: tuple[Picker, ...] = (RepoUrlPicker(),)
