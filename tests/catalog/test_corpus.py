"""429 real files: each document is an entity, or is refused with file, line and what to do."""

import pytest

from tests.catalog import corpus

pytestmark = pytest.mark.django_db

ROWS = [line.split("\t") for line in corpus.TABLE.read_text(encoding="utf-8").splitlines()]


def test_the_table_of_outcomes_explains_every_document() -> None:
    assert "\t".join(ROWS[0]) == corpus.HEADER
    assert len({row[0] for row in ROWS[1:]}) == 429
    assert len(ROWS) > 1000
    for file, line, outcome, why in ROWS[1:]:
        verdict = outcome.split(" ")[0]
        assert verdict in {"entity", "refused", "conflict"}, file
        assert int(line) >= 1
        assert verdict == "entity" or why, file
        assert verdict != "refused" or why.startswith("line "), file


def test_the_corpus_comes_out_as_the_table_says() -> None:
    folder = corpus.corpus_folder()
    if folder is None:
        pytest.xfail("no corpus here: name its folder in CALLBOARD_CORPUS to ingest it again")
    assert len(corpus.yaml_files(folder)) == 429
    assert corpus.outcomes(folder) == ["\t".join(row) for row in ROWS[1:]]
