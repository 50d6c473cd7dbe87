"""Tables in HTML: markup that is well formed, accessible and inert."""

from __future__ import annotations

from html.parser import HTMLParser

from sisbench.tables.formats.html import html, page
from tests.sisbench.tables.example import HOSTILE, example, hostile

VOID = {"meta", "br"}


class Elements(HTMLParser):
    """All elements with their attributes; unbalanced ones fail."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def close(self) -> None:
        super().close()
        assert self._open == []


def elements(text: str) -> Elements:
    parser = Elements()
    parser.feed(text)
    parser.close()
    return parser


def test_every_heading_says_what_it_heads() -> None:
    found = elements(html(example())).found
    heads = [attributes for tag, attributes in found if tag == "th"]
    assert all(attributes["scope"] in ("col", "colgroup", "row", "rowgroup") for attributes in heads)
    assert [tag for tag, _ in found].count("caption") == 1
    assert {"scope": "colgroup", "colspan": "2"} in heads
    assert {"scope": "rowgroup", "rowspan": "5"} in heads
    assert ("div", {"class": "scroll", "role": "region", "aria-label": "An example", "tabindex": "0"}) in found


def test_every_line_has_all_columns() -> None:
    """Cells and headings of a line, with those that reach down into it, are as many as the columns."""
    reaching: list[int] = []
    counts = set()
    row: list[tuple[int, int]] = []
    for tag, attributes in elements(html(example())).found:
        if tag == "tr" and row:
            counts.add(len(reaching) + sum(wide for _, wide in row))
            reaching = [left - 1 for left in reaching if left > 1] + [tall - 1 for tall, _ in row if tall > 1]
            row = []
        if tag in ("td", "th"):
            row.append((int(attributes.get("rowspan") or 1), int(attributes.get("colspan") or 1)))
    assert counts == {6}  # method, VGG, label, three columns


def test_marks_are_classes() -> None:
    text = html(example())
    assert '<td class="worst">40.0<sup>1</sup></td>' in text
    assert '<td class="best">60.0</td>' in text
    assert "<td>−0.7</td>" in text


def test_hostile_text_is_text() -> None:
    whole = page([html(hostile())], HOSTILE)
    found = elements(whole)
    assert "script" not in {tag for tag, _ in found.found}
    assert not [name for _, attributes in found.found for name in attributes if name.startswith("on")]
    assert any("<script>alert('&')</script>" in text for text in found.texts)


def test_a_page_asks_nothing_of_any_server() -> None:
    found = elements(page([html(example())], "Tables", "<nav></nav>"))
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in found.found}
    policy = next(a for tag, a in found.found if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy")
    assert (policy["content"] or "").startswith("default-src 'none'")
    assert ("html", {"lang": "en"}) in found.found
