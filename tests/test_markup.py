"""HTML from text that anybody may have written."""

import xml.etree.ElementTree as ET

from snowpeople.report.markup import Markup, join, percent, table, tag, text


def test_text_is_escaped_wherever_it_goes() -> None:
    bad = '"><script>alert(1)</script>&'
    element = ET.fromstring(tag("p", bad, tag("b", bad), title=bad))
    assert element.text == bad
    assert element.attrib == {"title": bad}
    assert element[0].text == bad
    assert [child.tag for child in element.iter()] == ["p", "b"]


def test_markup_is_left_alone_once_it_is_markup() -> None:
    inner = tag("b", "1 < 2")
    assert tag("p", inner) == "<p><b>1 &lt; 2</b></p>"
    assert text(inner) is inner
    assert join([inner, None, "<"]) == "<b>1 &lt; 2</b>&lt;"


def test_a_string_made_of_markup_is_text_again() -> None:
    assert text(Markup("<b>") + "x") == "&lt;b&gt;x"  # forgotten markup shows; it does not slip through


def test_attributes_are_named_as_in_html() -> None:
    assert tag("i", class_="a b", aria_label="x", tabindex="0", title=None) == (
        '<i class="a b" aria-label="x" tabindex="0"></i>'
    )
    assert tag("meta", name="viewport") == '<meta name="viewport"/>'
    assert tag("img", alt="") == '<img alt=""/>'


def test_what_can_t_be_printed_is_replaced_and_what_joins_is_kept() -> None:
    assert text("a\x00b\udc80\u202e") == "a�b��"
    assert text("👩\u200d🚀 川\u3000獺\u00a0é") == "👩\u200d🚀 川\u3000獺\u00a0é"
    text("\ud800").encode()


def test_a_table_has_a_caption_and_heads_for_columns_and_rows() -> None:
    root = ET.fromstring(table("Sizes", ["Name", "Size"], [["a<b", 3], ["c", None]]))
    assert (root.attrib["role"], root.attrib["aria-label"], root.attrib["tabindex"]) == ("region", "Sizes", "0")
    assert root.findtext("table/caption") == "Sizes"
    assert [(th.text, th.attrib["scope"]) for th in root.iter("th")] == [
        ("Name", "col"),
        ("Size", "col"),
        ("a<b", "row"),
        ("c", "row"),
    ]
    assert [td.text for td in root.iter("td")] == ["3", None]


def test_percent_stays_on_one_line() -> None:
    assert [percent(0.934), percent(0.0449, 1), percent(None)] == ["93\u00a0%", "4.5\u00a0%", "–"]
