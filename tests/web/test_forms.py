import re

from django import forms

from motkraft.web.gallery_values import GalleryForm


class Place(forms.Form):
    where = forms.CharField(label="Var?", help_text="Ungefär räcker.")
    more = forms.CharField(label="Mer", required=False)
    kind = forms.ChoiceField(label="Vad", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)


def test_an_error_is_tied_to_its_field_and_listed_at_the_top_with_focus(draw):
    html = draw("{{ form }}", form=Place({"kind": "a"}))
    assert 'aria-describedby="id_where_helptext id_where_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_where_error"' in html
    assert 'href="#id_where"' in html
    assert "data-focus" in html
    assert html.index('href="#id_where"') < html.index('id="id_where"')


def test_every_link_in_the_error_summary_leads_to_a_control(draw):
    html = draw("{{ form }}", form=GalleryForm({}))
    targets = re.findall(r'href="#([^"]+)"', html)
    assert targets
    for target in targets:
        assert re.search(rf'<(input|select|textarea)[^>]*\bid="{target}"', html), target


def test_optional_is_marked_and_mandatory_is_not(draw):
    html = draw("{{ form }}", form=Place())
    assert html.count("(frivilligt)") == 1
    assert "*" not in html


def test_what_was_typed_is_still_there_after_an_error(draw):
    assert 'value="Vid entrén"' in draw("{{ form }}", form=Place({"where": "Vid entrén"}))


def test_an_unanswered_form_shows_no_errors(draw):
    assert "ds-error-summary" not in draw("{{ form }}", form=Place())


def test_radio_buttons_stand_in_a_group_with_a_name(draw):
    html = draw("{% field form.kind %}", form=Place())
    assert "<fieldset" in html
    assert "<legend" in html
    assert html.count('class="ds-input"') == 2


def test_the_only_question_of_a_page_is_its_heading(draw):
    html = draw("{% field form.where 'lg' %}", form=Place())
    assert re.search(r"<h1[^>]*><label", html)
