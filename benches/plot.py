"""The plot of a benchmark: one bar a row, how many times faster than the standard library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot
from matplotlib.ticker import FuncFormatter, NullFormatter

from benches.bench import SLOWER, Result

FASTER_COLOUR, EVEN_COLOUR, SLOWER_COLOUR = "#b7410e", "#9a8f86", "#3b5b92"  # rust, stone, steel
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


def draw(about: dict[str, Any], results: list[Result], path: Path) -> None:
    """Write the plot as SVG. The axis is logarithmic: twice as fast and half as fast look equally far from
    even.
    """
    ratios = [result.ratio for result in results]
    colours = [
        FASTER_COLOUR if ratio > 1 / SLOWER else SLOWER_COLOUR if ratio < SLOWER else EVEN_COLOUR for ratio in ratios
    ]
    figure, axes = pyplot.subplots(figsize=(10, 1.2 + 0.27 * len(results)))
    places = range(len(results))
    axes.barh(places, [ratio - 1 for ratio in ratios], left=1, color=colours, height=0.7)
    axes.set_yticks(places, [result.name for result in results], fontsize=8)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlim(min(0.5, *ratios) * 0.9, max(2.0, *ratios) * 1.6)
    axes.set_xticks([tick for tick in TICKS if min(ratios) / 2 < tick < max(ratios) * 2])
    axes.margins(y=0.01)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.axvline(1, color="black", linewidth=0.8)
    for place, result in zip(places, results, strict=True):
        text = f" {result.ratio:.2f}x   {result.median('stdlib'):,.0f} → {result.median('ferrosock'):,.0f} ns"
        axes.text(max(result.ratio, 1), place, text, va="center", fontsize=7, color="#444")
    axes.set_title(
        f"{about['benchmark']}: times faster than the standard library (CPython {about['python']})", fontsize=10
    )
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)


def draw_curve(about: dict[str, Any], axis: str, points: dict[int, Result], path: Path) -> None:
    """Write the price of an operation over something that it grows with, both stacks and their ratio, as SVG."""
    figure, (prices, ratios) = pyplot.subplots(2, 1, figsize=(8, 6), sharex=True, height_ratios=(2, 1))
    places = list(points)
    for who, colour in (("stdlib", SLOWER_COLOUR), ("ferrosock", FASTER_COLOUR)):
        prices.plot(places, [result.median(who) / 1000 for result in points.values()], "o-", color=colour, label=who)
    ratios.plot(places, [result.ratio for result in points.values()], "o-", color=EVEN_COLOUR)
    ratios.axhline(1, color="black", linewidth=0.8)
    if max(places) > 1000:
        prices.set_xscale("symlog", linthresh=512)
        prices.set_yscale("log")
    prices.set_ylabel("microseconds of processor time")
    prices.legend(frameon=False)
    ratios.set_ylabel("times faster")
    ratios.set_xlabel(axis)
    ratios.set_ylim(bottom=0)
    prices.set_title(f"{about['benchmark']}: a request (CPython {about['python']})", fontsize=10)
    for side in ("top", "right"):
        prices.spines[side].set_visible(False)
        ratios.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
