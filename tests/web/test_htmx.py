from django.test import RequestFactory

from motkraft.web.gallery_values import list_page, shell
from motkraft.web.htmx import render, wants_fragment


def ask(**headers):
    return RequestFactory().get("/", headers=headers)


def answer(request):
    return render(request, "web/list_page.html", shell() | list_page(request), fragment="web/_list.html")


def test_a_visit_gets_the_page_and_htmx_gets_the_same_list_alone():
    page, part = answer(ask()).content.decode(), answer(ask(**{"HX-Request": "true"})).content.decode()
    assert "<html" in page
    assert "<html" not in part
    assert 'id="list"' in part
    assert "EX-7" in page
    assert "EX-7" in part


def test_a_boosted_link_and_the_back_button_get_the_whole_page():
    assert not wants_fragment(ask(**{"HX-Request": "true", "HX-Boosted": "true"}))
    assert not wants_fragment(ask(**{"HX-Request": "true", "HX-History-Restore-Request": "true"}))


def test_no_cache_mixes_up_page_and_fragment():
    assert "HX-Request" in answer(ask())["Vary"]
