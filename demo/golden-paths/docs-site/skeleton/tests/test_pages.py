"""Every page can be reached, every link leads somewhere, every picture has a text."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)[^)]*\)")
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)[^)]*\)")
FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def text_of(page):
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def anchors(page):
    headings = re.findall(r"^#{1,6}\s+(.+?)\s*$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def navigation():
    configuration = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    return {path for path in re.findall(r":\s*([\w./-]+\.md)\s*$", configuration, re.MULTILINE)}


def each(pattern):
    return [
        pytest.param(page, text, target, id=f"{page.relative_to(DOCS)} {target}")
        for page in PAGES
        for text, target in pattern.findall(text_of(page))
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_a_page_begins_with_its_title_and_is_in_the_navigation(page):
    assert text_of(page).startswith("# ")
    assert str(page.relative_to(DOCS)) in navigation()


@pytest.mark.parametrize("path", sorted(navigation()))
def test_the_navigation_leads_to_pages(path):
    assert (DOCS / path).is_file()


@pytest.mark.parametrize(("page", "text", "target"), each(LINK))
def test_a_link_says_where_it_leads_and_leads_there(page, text, target):
    assert text.lower() not in {"", "here", "link", "click here"}
    if target.startswith(("https://", "http://", "mailto:")):
        return
    path, _, anchor = target.partition("#")
    place = (page.parent / path).resolve() if path else page
    assert place.is_file()
    assert not anchor or anchor in anchors(place)


def test_every_picture_has_a_text_and_exists():
    for page in PAGES:
        for text, target in PICTURE.findall(text_of(page)):
            assert text, f"{page.name} shows {target} without a text"
            assert target.startswith("https://") or (page.parent / target).is_file()
