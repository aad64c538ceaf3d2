"""Charts as SVG made on the server: no script, no inline style, numbers that can be tested."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

BAR_WIDTH = 10
BAR_GAP = 1
# A bar is as wide with two runs as with twenty; the newest is at the right.
BAR_PLACES = 20


@dataclass(frozen=True)
class Bar:
    """One bar: `share` of the height from 0 to 1, a tone (ok, bad, warn, run, idle), a label."""

    share: float
    tone: str = "ok"
    label: str = ""


def meter(ok: int = 0, bad: int = 0, na: int = 0, go: int = 0, big: bool = False) -> SafeString:
    """{% meter ok=3 bad=1 na=2 %}: parts of a whole; `go` is what is under way."""
    parts = [("ok", ok, "pass"), ("go", go, "under way"), ("bad", bad, "fail")]
    parts.append(("na", na, "not applicable"))
    total = sum(count for _, count, _ in parts) or 1
    x = 0.0
    drawn = []
    for name, count, _ in parts:
        if count:
            width = count / total * 100
            drawn.append((name, f"{x:.2f}", f"{max(width - 0.6, 0.4):.2f}"))
            x += width
    spoken = ", ".join(f"{count} {word}" for _, count, word in parts if count) or "nothing yet"
    return format_html(
        '<svg class="meter{}" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}</svg>',
        " meter--big" if big else "",
        spoken,
        format_html_join("", '<rect class="meter__{}" x="{}" width="{}" height="6"/>', drawn),
    )


def bars(items: Sequence[Bar], label: str) -> SafeString:
    """{% bars items "20 runs, 2 failed" %}: a row of bars; failures are striped, not only red."""
    step = BAR_WIDTH + BAR_GAP
    empty = max(0, BAR_PLACES - len(items))
    drawn = [
        format_html(
            '<rect class="bars__place" x="{}" y="38" width="{}" height="2"/>',
            index * step,
            BAR_WIDTH,
        )
        for index in range(empty)
    ]
    for index, bar in enumerate(items, start=empty):
        height = max(2.0, min(1.0, bar.share) * 40)
        drawn.append(
            format_html(
                '<rect data-tone="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title>'
                "</rect>{}",
                bar.tone,
                index * step,
                f"{40 - height:.1f}",
                BAR_WIDTH,
                f"{height:.1f}",
                bar.label,
                _stripes(index * step, 40 - height) if bar.tone == "bad" else "",
            )
        )
    return format_html(
        '<svg class="bars" viewBox="0 0 {} 40" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}</svg>',
        (empty + len(items)) * step - BAR_GAP,
        label,
        format_html_join("", "{}", ((bar,) for bar in drawn)),
    )


def _stripes(x: float, top: float) -> SafeString:
    lines = ((x, y, x + BAR_WIDTH, y) for y in range(int(top) + 3, 40, 4))
    return format_html_join(
        "", '<line class="bars__stripe" x1="{}" y1="{}" x2="{}" y2="{}"/>', lines
    )


def sparkline(values: Sequence[float], label: str) -> SafeString:
    """{% sparkline values "Score, last 12 weeks" %}: a line as high as the text."""
    if not values:
        return format_html('<span class="dim">{}</span>', "–")
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = 82 / max(len(values) - 1, 1)
    points = " ".join(
        f"{1 + i * step:.1f},{18 - (value - low) / span * 16:.1f}" for i, value in enumerate(values)
    )
    return format_html(
        '<svg class="spark" viewBox="0 0 84 20" role="img" aria-label="{}">'
        '<polyline class="chart__line" points="{}"/></svg>',
        label,
        points,
    )


def trend(values: Sequence[float], label: str, labels: Sequence[str] = ()) -> SafeString:
    """{% trend shares "Rules passing, in percent" %}: percentages over time."""
    if not values:
        return format_html('<p class="dim">{}</p>', "Nothing measured yet.")
    low = max(0, int(min(values) // 20 * 20))
    high = min(100, low + 20 * (int((max(values) - low) // 20) + 1))
    span = max(high - low, 1)

    def y(value: float) -> float:
        return 190 - (value - low) / span * 150

    step = 520 / max(len(values) - 1, 1)
    points = [(40 + i * step, y(value)) for i, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{py:.1f}" for x, py in points)
    ticks = [(tick, f"{y(tick):.1f}") for tick in range(low, high + 1, 20)]
    return render_to_string(
        "ui/trend.html",
        {
            "label": label,
            "line": line,
            "area": f"40,190 {line} {points[-1][0]:.1f},190",
            "ticks": ticks,
            "last_x": f"{points[-1][0]:.1f}",
            "last_y": f"{points[-1][1]:.1f}",
            "note_y": f"{points[-1][1] - 10:.1f}",
            "last": f"{values[-1]:.0f} %",
            "first_label": labels[0] if labels else "",
            "last_label": labels[-1] if labels else "",
        },
    )
