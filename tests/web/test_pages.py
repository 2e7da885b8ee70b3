import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client, override_settings

import motkraft.web
from motkraft.web.gallery_values import PAGES

ROOM = Path(motkraft.web.__file__).parent


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_one_heading_a_skip_link_and_a_language(client, page):
    html = client.get(f"/gallery/{page}").content.decode()
    assert len(re.findall(r"<h1\b", html)) == 1
    assert 'href="#main"' in html
    assert re.search(r'<html lang="\w\w" dir="(ltr|rtl)"', html)


@pytest.mark.parametrize("page", PAGES)
def test_no_page_needs_inline_style_or_script(client, page):
    html = client.get(f"/gallery/{page}").content.decode()
    assert not re.search(r"\sstyle=|<style|\son(click|load|submit|change|input)=|javascript:", html)
    assert all("src=" in tag for tag in re.findall(r"<script\b[^>]*>", html))
    assert not re.search(r'(src|href)="(https?:)?//(?!example\.org)', html)


@pytest.mark.parametrize("page", PAGES)
def test_no_id_stands_twice_on_a_page(client, page):
    ids = re.findall(r'\sid="([^"]+)"', client.get(f"/gallery/{page}").content.decode())
    assert len(ids) == len(set(ids))


def test_public_pages_use_no_cookie_and_no_script(client):
    answer = client.get("/gallery/public")
    assert not answer.cookies
    assert "<script" not in answer.content.decode()
    assert 'dir="rtl"' in answer.content.decode()


def test_demo_data_says_so_on_every_page(client):
    for page in PAGES:
        assert "Exempeldata – allt här är påhittat" in client.get(f"/gallery/{page}").content.decode()


def test_the_gallery_does_not_exist_outside_demo_mode(client):
    with override_settings(MOTKRAFT_DEMO=False):
        assert client.get("/").status_code == 404


def test_errors_are_calm_and_show_nothing_of_the_inside(client):
    missing, broken = client.get("/nowhere"), client.get("/broken")
    assert (missing.status_code, broken.status_code) == (404, 500)
    assert "Sidan finns inte här" in missing.content.decode()
    assert "Något gick fel hos oss" in broken.content.decode()
    for answer in (missing, broken):
        assert "Traceback" not in answer.content.decode()
        assert "a fault on purpose" not in answer.content.decode()


def test_the_neutral_page_says_nothing_of_what_was_on_the_screen(client):
    answer = client.get("/neutral")
    assert "motkraft" not in re.sub(r'"/static/[^"]*"', "", answer.content.decode()).lower()
    assert answer["Cache-Control"] == "no-store"


def test_every_icon_that_a_template_or_value_names_is_in_the_sprite():
    sprite = set(re.findall(r'<symbol id="([\w-]+)"', (ROOM / "static/motkraft/icons.svg").read_text()))
    named = set()
    for template in ROOM.parent.glob("*/templates/**/*.html"):
        named |= set(re.findall(r'{% icon "([\w-]+)"', template.read_text()))
    for code in ROOM.parent.rglob("*.py"):
        named |= set(re.findall(r'\bicon="([\w-]+)"', code.read_text()))
    assert named - sprite == set()


def test_everything_the_stylesheets_fetch_is_here():
    for sheet in ("theme.css", "motkraft.css", "vendor/designsystemet.css"):
        text = Path(finders.find(f"motkraft/{sheet}")).read_text()
        for address in re.findall(r'url\("?(?!data:)([^")]+)"?\)', re.sub(r'url\("data:[^"]*"\)', "", text)):
            assert (ROOM / "static/motkraft" / Path(sheet).parent / address).exists(), address


def test_layout_is_mirrored_by_logical_properties_alone():
    text = (ROOM / "static/motkraft/motkraft.css").read_text()
    assert not re.search(
        r"(margin|padding|border)-(left|right)|text-align: (left|right)|[^-](left|right): |float:", text
    )
