"""What is wrong with a CODEOWNERS file."""

from typing import Any

from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.routing import methods
from apps.forge.errors import Missing
from apps.forge.services import codeowners


def list_errors(call: Call) -> dict[str, Any]:
    commit = call.git.resolve(call.query.get("ref") or call.repository.default_branch)
    if commit is None:
        raise Missing
    found = codeowners.errors(call.repository, call.git, commit)
    if found is None:
        raise Missing
    return {"errors": found}


urlpatterns = [path("repos/<owner>/<repo>/codeowners/errors", methods(GET=list_errors))]
