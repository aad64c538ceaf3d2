"""
The component tags, a builtin of every template.

Small marks are formatted here, because a list page shows hundreds of them; the larger components
render one template of templates/ui/ each. `/_gallery` shows all of them in all states.
"""

from django import template

from apps.core.templatetags import ui_blocks, ui_charts, ui_forms, ui_links, ui_marks

register = template.Library()

for mark in (
    ui_marks.icon,
    ui_marks.badge,
    ui_marks.kind_icon,
    ui_marks.face,
    ui_marks.level,
    ui_marks.dot,
    ui_marks.mark,
    ui_marks.ago,
    ui_marks.duration,
    ui_links.entity_link,
    ui_links.owner,
    ui_charts.meter,
    ui_charts.bars,
    ui_charts.sparkline,
    ui_charts.trend,
    ui_blocks.tabs,
    ui_blocks.code,
    ui_blocks.copy_button,
    ui_forms.form_field,
    ui_forms.form_errors,
):
    register.simple_tag(mark)

for block in (ui_blocks.card, ui_blocks.empty, ui_blocks.notice, ui_blocks.dialog):
    register.simple_block_tag(block)

register.simple_tag(ui_blocks.pagination, takes_context=True)
register.simple_tag(ui_blocks.sort_link, takes_context=True)
register.filter("entity_url", ui_links.entity_url)
register.filter("get", ui_links.get)
