from types import SimpleNamespace

import pytest
from django.test import RequestFactory

from motkraft.web import lists

ROWS = [SimpleNamespace(name=f"rad {n:02d}", size=n % 7, kind="udda" if n % 2 else "jämn") for n in range(60)]
COLUMNS = [
    lists.Column("name", "Namn", "name"),
    lists.Column("size", "Storlek", ("size", "name")),
    lists.Column("x", "Utan"),
]
FILTERS = [
    lists.Filter(
        "kind",
        "Sort",
        [lists.Choice("udda", "Udda")],
        lambda rows, value: [row for row in rows if row.kind == value],
    )
]


def ask(address="", **more):
    return lists.listing(
        RequestFactory().get(f"/{address}"),
        ROWS,
        COLUMNS,
        filters=FILTERS,
        search=lambda rows, words: [row for row in rows if words in row.name],
        sort="name",
        **more,
    )


def test_a_list_counts_everything_and_shows_a_page():
    found = ask(per_page=25)
    assert found.count == 60
    assert len(found.page.object_list) == 25
    assert found.previous_url == ""
    assert found.next_url == "?page=2"


def test_a_filter_keeps_the_search_and_the_sorting():
    found = ask("?q=1&sort=-size&kind=udda")
    assert all("1" in row.name and row.kind == "udda" for row in found.rows)
    sizes = [row.size for row in found.rows]
    assert sizes == sorted(sizes, reverse=True)
    assert found.filters[0].chips[0].url == "?q=1&sort=-size"
    assert found.csv_url == "?q=1&kind=udda&sort=-size&format=csv"
    assert found.narrowed


def test_a_second_press_on_a_heading_turns_the_order():
    headers = {header.key: header for header in ask("?sort=size").headers}
    assert headers["size"].sorted == "ascending"
    assert headers["size"].url == "?sort=-size"
    assert headers["name"].sorted == ""
    assert headers["x"].url == ""


@pytest.mark.parametrize(
    "address", ["?sort=password", "?sort=x", "?kind=hemlig", "?page=abc", "?page=9999", "?page=-1"]
)
def test_what_is_not_offered_in_the_address_is_passed_over(address):
    found = ask(address)
    assert found.count == 60
    assert not found.narrowed


def test_a_cell_that_a_spreadsheet_would_run_is_disarmed():
    answer = lists.csv_response("lista", ["Namn"], [["=1+1"], ["@x"], ["-3"], [-3], ["å;ä"], [None]])
    text = answer.content.decode("utf-8-sig")
    assert text.splitlines() == ["Namn", "'=1+1", "'@x", "'-3", "-3", '"å;ä"', '""']
    assert answer["Content-Disposition"] == 'attachment; filename="lista.csv"'
