"""The addresses of the pages; GitHub's own, so that links mean the same on both."""

from django.urls import path

from apps.forge.pages import commits, files, logs, pulls, runs

_repository = "<owner>/<repo>"
urlpatterns = [
    path("", files.home, name="forge-home"),
    path("_logs/<ticket>", logs.signed_log, name="forge-signed-log"),
    path("<owner>", files.owner, name="forge-owner"),
    path(_repository, files.repository, name="forge-repository"),
    path(f"{_repository}/tree/<path:rest>", files.tree, name="forge-tree"),
    path(f"{_repository}/blob/<path:rest>", files.blob, name="forge-blob"),
    path(f"{_repository}/raw/<path:rest>", files.raw, name="forge-raw"),
    path(f"{_repository}/commits/<path:rest>", commits.commits, name="forge-commits"),
    path(f"{_repository}/commit/<sha>", commits.commit, name="forge-commit"),
    path(f"{_repository}/branches", commits.branches, name="forge-branches"),
    path(f"{_repository}/pulls", pulls.pulls, name="forge-pulls"),
    path(f"{_repository}/pull/<int:number>", pulls.pull, name="forge-pull"),
    path(f"{_repository}/pull/<int:number>/merge", pulls.merge, name="forge-merge"),
    path(f"{_repository}/actions", runs.runs, name="forge-runs"),
    path(f"{_repository}/actions/runs/<int:id>", runs.run, name="forge-run"),
    path(f"{_repository}/actions/runs/<int:id>/job/<int:job>", runs.run, name="forge-job"),
    path(
        f"{_repository}/actions/runs/<int:id>/job/<int:job>/log", runs.job_log, name="forge-job-log"
    ),
]
