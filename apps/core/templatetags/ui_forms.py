"""A form field with everything that belongs to it."""

from django.forms import (
    BaseForm,
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    HiddenInput,
    RadioSelect,
)
from django.template.loader import render_to_string
from django.utils.safestring import SafeString


def form_field(field: BoundField, boxed: bool = False) -> SafeString:
    """{% form_field form.owner %}: label, input, help and errors, tied together for all readers."""
    widget = field.field.widget
    if isinstance(widget, HiddenInput):
        return field.as_widget()
    grouped = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    return render_to_string(
        "ui/form_field.html",
        {
            "field": field,
            "grouped": grouped,
            "boxed": boxed,
            "check": isinstance(widget, CheckboxInput),
            "id": field.auto_id,
        },
    )


def form_errors(form: BaseForm) -> SafeString:
    """{% form_errors form %}: what is wrong with the form as a whole, in front of its fields."""
    return render_to_string("ui/form_errors.html", {"form": form})
