import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy

from motkraft.web import parts

NOW = datetime(2026, 11, 24, 8, 20, tzinfo=UTC)


def rule(**more):
    given = {
        "citation": "FL 33 § 4 st",
        "title_sv": "Underrättelse",
        "title_en": "Notice",
        "plain_sv": "Enkla ord",
        "plain_en": "Plain words",
        "status": "in-force",
        "verified": "statute",
        "valid_from": date(2018, 7, 1),
        "checked_on": date(2026, 11, 2),
        "source": SimpleNamespace(title_sv="Förvaltningslag", url="https://example.org/fl"),
    }
    return SimpleNamespace(**given | more)


def test_a_law_chip_opens_to_plain_words_dates_and_source(draw):
    html = draw("{% law_chip rule %}", rule=rule())
    for words in (
        "FL 33 § 4 st",
        "Enkla ord",
        "Gäller från 1 jul 2018",
        "Kontrollerad mot källan 2 nov 2026",
        "https://example.org/fl",
    ):
        assert words in html
    assert "inte kontrollerad" not in html


def test_a_law_chip_speaks_the_language_of_the_page(draw):
    with translation.override("en"):
        html = draw("{% law_chip rule %}", rule=rule())
    assert "Plain words" in html
    assert "Enkla ord" not in html


def test_a_rule_that_is_not_verified_says_so_without_being_opened(draw):
    html = draw("{% law_chip rule %}", rule=rule(verified="unverified"))
    assert "inte kontrollerad" in html.split("mk-law__panel")[0]
    assert "Kontrollerad mot källan" not in html


def test_a_proposed_rule_never_looks_like_law(draw):
    html = draw("{% law_chip rule %}", rule=rule(status="proposed"))
    assert "förslag" in html.split("mk-law__panel")[0]
    assert "Det är inte lag" in html


def test_a_law_chip_may_stand_inside_a_sentence(draw):
    html = draw("<p>{% law_chip rule %}</p>", rule=rule(wording_sv="Ord"))
    assert not re.search(r"<(div|ul|ol|dl|blockquote|section|h\d)\b", html)
    assert len(re.findall(r"<p\b", html)) == 1


def test_a_reason_in_words_is_shown_without_a_chip(draw):
    html = draw("{% law_chip 'Ni bad om stöd' %}")
    assert "Ni bad om stöd" in html
    assert "button" not in html


@pytest.mark.parametrize(
    ("due", "met", "words"),
    [(30, None, "Senast"), (5, None, "Snart"), (-5, None, "Försenat"), (5, -1, "Klart")],
)
def test_a_due_time_says_its_state_in_words_and_not_by_colour_alone(draw, due, met, words):
    html = draw(
        "{% due due_at now met_at %}",
        due_at=NOW + timedelta(hours=due),
        met_at=NOW + timedelta(hours=met) if met else None,
        now=NOW,
    )
    assert words in html
    assert "<time datetime=" in html


def test_the_eye_says_when_nobody_has_looked(draw):
    html = draw("{% eye 'du' viewers seen %}", viewers=[parts.Viewer("Du")], seen=[])
    assert "Kan se det här: du" in html
    assert "Ingen har öppnat det än." in html


@pytest.mark.parametrize(
    ("proof", "words"),
    [
        (parts.Proof("waiting"), "Väntar på nästa signerade kontrollpunkt"),
        (parts.Proof("logged"), "I loggen"),
        (parts.Proof("witnessed", 2, 3, "/kvitto"), "I loggen, medsignerad av 2 av 3"),
    ],
)
def test_a_receipt_never_says_more_than_is_proved(draw, proof, words):
    html = draw("{% receipt proof %}", proof=proof)
    assert words in html
    assert ("Hämta kvittot" in html) == bool(proof.url)
    assert ("medsignerad" in html) == (proof.state == "witnessed")


def test_an_altered_piece_of_evidence_is_said_to_differ(draw):
    stations = [parts.Station(NOW, "Lämnades ut", sha256="ab" * 32, verified=False)]
    html = draw("{% chain stations now %}", stations=stations, now=NOW)
    assert "skiljer sig från när det kom in" in html
    assert "samma som" not in html


def test_a_week_strip_keeps_what_is_late_in_sight_and_forgets_what_is_done(draw):
    items = [
        parts.WeekItem(NOW - timedelta(days=3), "Försenad plan"),
        parts.WeekItem(NOW - timedelta(days=3), "Klar plan", done=True),
        parts.WeekItem(NOW + timedelta(days=6), "Sista dagen"),
        parts.WeekItem(NOW + timedelta(days=7), "Nästa vecka"),
    ]
    html = draw("{% week_strip items now %}", items=items, now=NOW)
    assert "Försenad plan" in html
    assert "Sista dagen" in html
    assert "Klar plan" not in html
    assert "Nästa vecka" not in html


def test_a_week_without_anything_in_it_takes_no_room(draw):
    later = [parts.WeekItem(NOW + timedelta(days=7), "Nästa vecka")]
    assert draw("{% week_strip items now %}", items=later, now=NOW).strip() == ""


def test_a_badge_takes_words_that_are_translated_when_shown(draw):
    html = draw("{% status_badge words 'success' 'check' %}", words=gettext_lazy("Sent"))
    assert "Skickat" in html
    assert "None" not in html


def test_a_section_with_nothing_in_it_is_not_drawn(draw):
    assert draw("{% section 'Tom' %}{% if 0 %}x{% endif %}{% endsection %}").strip() == ""
    assert "<h2" in draw("{% section 'Full' %}x{% endsection %}")


def test_a_section_that_folds_is_open_until_the_screen_is_known_to_be_narrow(draw):
    html = draw("{% section 'Full' id='full' fold=True %}x{% endsection %}")
    assert "<details open data-fold>" in html and html.index("<summary>") < html.index('id="full"')
    assert "<details" not in draw("{% section 'Full' fold=False %}x{% endsection %}")


def test_each_cell_of_a_table_is_led_by_its_column_where_it_becomes_a_card(draw):
    html = draw(
        "{% table title %}<thead><tr><th scope='col'>Namn</th><th scope='col'><a href='?sort=a'>Läge</a></th>"
        "<th><span class='ds-sr-only'>Gör</span></th></tr></thead>"
        "<tbody>{% for row in rows %}<tr><th scope='row'>{{ row }}</th><td>{{ row }}</td><td>x</td></tr>{% endfor %}"
        "</tbody>{% endtable %}",
        title='Kontor "A"',
        rows=["<td>", "b"],
    )
    assert html.count('<td data-label="Läge">') == 2 and html.count("data-label") == 2
    assert "<td>x</td>" in html and "&lt;td&gt;" in html
    assert 'aria-label="Kontor &quot;A&quot;"' in html


def test_what_people_wrote_is_never_taken_for_markup(draw):
    evil = "<script>alert(1)</script>"
    html = draw(
        "{% facts facts %}{% timeline events now %}{% status_badge evil %}{% eye evil %}{% icon evil %}"
        "{% section evil %}x{% endsection %}",
        facts=[(evil, evil)],
        events=[parts.Event(NOW, evil, evil, evil)],
        evil=evil,
        now=NOW,
    )
    assert "<script" not in html


def test_a_button_that_changes_something_is_a_form_with_a_token(draw):
    html = draw(
        "{% action value %}", value=parts.Action("Ta tillbaka", "/x", "post", fields=[("why", "a&b")])
    )
    assert 'method="post"' in html
    assert "csrfmiddlewaretoken" in html
    assert 'value="a&amp;b"' in html


def test_an_organisation_keeps_its_colour():
    assert parts.organisation_tone("storas") == parts.organisation_tone("storas")
    assert {parts.organisation_tone(str(n)) for n in range(100)} == set(parts.ORGANISATION_TONES)
