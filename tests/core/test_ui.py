"""The component tags: what they say, and that they let nothing unescaped through."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django import forms
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory

from apps.core.templatetags import ui_blocks, ui_charts, ui_links, ui_marks

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>"


def rendered(source: str, **context: object) -> str:
    return engines["django"].from_string(source).render(context)


class TestEscaping:
    @pytest.mark.parametrize(
        "source",
        [
            "{% badge text %}",
            "{% card title=text more=text id=text %}{{ text }}{% endcard %}",
            "{% empty title=text icon=text %}{{ text }}{% endempty %}",
            "{% notice title=text %}{{ text }}{% endnotice %}",
            "{% dialog id=text title=text %}{{ text }}{% enddialog %}",
            "{% icon text label=text %}",
            "{% kind_icon text text %}",
            "{% face text %}",
            "{% entity_link text text %}",
            "{% owner text text %}",
            "{% level text text %}",
            "{% dot 'ok' text %}",
            "{% mark 'ok' text %}",
            "{% code text %}",
            "{% code text 'html' %}",
            "{% copy_button text text %}",
            "{% sparkline numbers text %}",
            "{% trend numbers text %}",
            "{% bars bars text %}",
            "{% tabs tabs text %}",
        ],
    )
    def test_no_component_lets_markup_through(self, source):
        html = rendered(
            source,
            text=HOSTILE,
            numbers=[1, 2],
            bars=[ui_charts.Bar(0.5, HOSTILE, HOSTILE)],
            tabs=[{"key": HOSTILE, "label": HOSTILE, "url": HOSTILE}],
        )

        assert "<script" not in html

    def test_an_unknown_argument_is_an_error(self):
        with pytest.raises(Exception, match="titel"):
            rendered('{% card titel="x" %}{% endcard %}')


class TestMarks:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [("Dana Okafor", "DO"), ("payments", "PA"), ("Ada B Lovelace", "AL"), ("", "?")],
    )
    def test_initials_come_from_the_first_and_last_word(self, name, expected):
        assert ui_marks.initials(name) == expected

    def test_a_face_has_the_same_colour_every_time(self):
        assert ui_marks.face("payments") == ui_marks.face("payments")

    @pytest.mark.parametrize(
        ("level", "bars"), [("gold", 3), ("silver", 2), ("bronze", 1), ("none", 0), ("odd", 0)]
    )
    def test_a_level_fills_as_many_bars_as_it_is_high(self, level, bars):
        assert ui_marks.level(level).count("level__on") == bars

    def test_a_state_is_also_a_word(self):
        assert "passing" in ui_marks.dot("ok", "passing")
        assert ">bad<" in ui_marks.dot("bad")

    @pytest.mark.parametrize("call", [ui_marks.dot, ui_marks.mark])
    def test_an_unknown_state_is_refused_with_the_known_ones(self, call):
        with pytest.raises(ValueError, match="ok"):
            call("green")

    def test_an_unknown_tone_is_refused(self):
        with pytest.raises(ValueError, match="tone"):
            ui_marks.badge("x", tone="green")


class TestTime:
    @pytest.mark.parametrize(
        ("seconds", "long", "short"),
        [
            (3, "now", "now"),
            (59, "59 seconds ago", "59 s"),
            (60, "1 minute ago", "1 min"),
            (7200, "2 hours ago", "2 h"),
            (41 * 86400, "41 days ago", "41 d"),
            (800 * 86400, "2 years ago", "2 y"),
            (-3600, "in 1 hour", "in 1 h"),
        ],
    )
    def test_is_relative(self, seconds, long, short):
        assert ui_marks.relative_time(seconds) == long
        assert ui_marks.relative_time(seconds, short=True) == short

    @time_machine.travel(NOW, tick=False)
    def test_shows_the_exact_moment_on_hover(self):
        html = ui_marks.ago(NOW - timedelta(minutes=4))

        assert "4 minutes ago" in html
        assert 'title="21 November 2026, 11:56:00 UTC"' in html

    def test_a_moment_that_never_came_says_so(self):
        assert "never" in ui_marks.ago(None)

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [
            (0.31, "0.3 s"),
            (9.8, "9.8 s"),
            (18, "18 s"),
            (59.97, "1 min"),
            (192, "3 min 12 s"),
            (3840, "1 h 4 min"),
            (None, "–"),
        ],
    )
    def test_a_duration_is_as_exact_as_it_is_short(self, seconds, text):
        assert ui_marks.duration(seconds) == text


class TestLinks:
    @pytest.mark.parametrize(
        ("ref", "address"),
        [
            ("component:default/checkout-api", "/catalog/default/component/checkout-api"),
            ("API:money/orders", "/catalog/money/api/orders"),
            ("checkout-api", "/catalog/default/component/checkout-api"),
            ("component:default/../x", "/catalog/default/component/..%2Fx"),
        ],
    )
    def test_a_reference_leads_to_its_page(self, ref, address):
        assert ui_links.entity_url(ref) == address

    def test_an_owner_without_a_kind_is_a_group(self):
        assert "/catalog/default/group/payments" in ui_links.owner("payments")

    def test_nobody_is_said_to_own_it(self):
        assert "no owner" in ui_links.owner("")

    def test_a_person_is_round_and_a_team_is_square(self):
        assert "face--team" in ui_links.owner("group:default/payments")
        assert "face--team" not in ui_links.owner("user:default/dana")


class TestCode:
    def test_is_highlighted_by_class(self):
        html = ui_blocks.code("a: 1", language="yaml")

        assert 'class="hl-nt"' in html
        assert "style=" not in html

    def test_a_long_text_is_cut_and_says_so(self):
        html = ui_blocks.code("x" * (ui_blocks.CODE_LIMIT + 7))

        assert "7 more characters" in html
        assert len(html) < ui_blocks.CODE_LIMIT + 2000

    def test_an_unknown_language_is_plain(self):
        assert "a &lt; b" in ui_blocks.highlighted("a < b", "no-such-language")


class TestCharts:
    def test_a_meter_says_its_parts(self):
        assert "3 pass, 1 fail, 2 not applicable" in ui_charts.meter(ok=3, bad=1, na=2)
        assert "nothing yet" in ui_charts.meter()

    def test_failed_bars_are_striped_not_only_red(self):
        html = ui_charts.bars([ui_charts.Bar(1, "bad"), ui_charts.Bar(0.5)], "2 runs")

        assert html.count("<rect data-tone") == 2
        assert "bars__stripe" in html

    @pytest.mark.parametrize("count", [0, 2, 20, 30])
    def test_a_bar_is_as_wide_with_two_runs_as_with_twenty(self, count):
        html = ui_charts.bars([ui_charts.Bar(1)] * count, "runs")

        places = max(20, count)
        assert html.count("<rect") == places
        assert f'viewBox="0 0 {places * 11 - 1} 40"' in html

    def test_a_trend_writes_its_last_value(self):
        assert "67 %" in ui_charts.trend([52, 60, 67], "Rules passing")
        assert "Nothing measured" in ui_charts.trend([], "Rules passing")


class TestPages:
    def test_pagination_keeps_the_rest_of_the_address(self):
        request = RequestFactory().get("/catalog", {"kind": ["api", "system"], "page": "2"})
        html = rendered(
            "{% pagination page noun='things' %}",
            page=Paginator(range(60), 25).page(2),
            request=request,
        )

        assert "?kind=api&amp;kind=system&amp;page=3" in html
        assert "26–50 of 60 things" in html

    def test_a_sorted_column_turns_around(self):
        request = RequestFactory().get("/catalog", {"page": "3"})
        html = rendered("{% sort_link 'name' 'Name' 'name' %}", request=request)

        assert "?sort=-name" in html
        assert "page" not in html

    def test_the_current_tab_is_marked(self):
        items = [{"key": "a", "label": "A", "url": "/a", "count": 0}, {"key": "b", "label": "B"}]
        html = rendered("{% tabs items 'a' %}", items=items)

        assert html.count("aria-current") == 1
        assert ">0<" in html


class OneField(forms.Form):
    name = forms.CharField(help_text="Lower case.")
    size = forms.ChoiceField(choices=[("s", "S")], widget=forms.RadioSelect)
    agree = forms.BooleanField()


class TestFormField:
    def test_ties_label_help_and_error_to_the_input(self):
        html = rendered("{% form_field form.name %}", form=OneField({}))

        assert 'for="id_name"' in html
        assert 'aria-describedby="id_name_helptext id_name_error"' in html
        assert 'id="id_name_error"' in html
        assert "This field is required." in html

    def test_choices_are_a_group_with_a_legend(self):
        html = rendered("{% form_field form.size %}", form=OneField())

        assert "<legend>Size" in html
        assert "<fieldset" in html

    def test_a_checkbox_stands_before_its_label(self):
        html = rendered("{% form_field form.agree %}", form=OneField())

        assert html.index("<input") < html.index("<label")
