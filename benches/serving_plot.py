"""The plots of benchmarks of servers: a bar a server, and lines over what the cost grows with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benches.plot import EVEN_COLOUR, FASTER_COLOUR, SLOWER_COLOUR, pyplot
from benches.serving import Served

PEERS = (SLOWER_COLOUR, EVEN_COLOUR, "#6d8f5e", "#7a5b92", "#b08a2e", "#4a4a4a")


def draw_costs(about: dict[str, Any], found: list[Served], ours: str, path: Path) -> None:
    """Write the cost of a request as SVG, a group of bars a workload, logarithmic."""
    figure, axes = pyplot.subplots(figsize=(10, 1.2 + 0.32 * (len(found) + len({served.workload for served in found}))))
    place, places, names, last = 0.0, [], [], ""
    for served in found:
        if served.workload != last:
            place += 1.0
            axes.text(0, place - 0.1, served.workload, fontsize=8, weight="bold", transform=axes.get_yaxis_transform())
            last, place = served.workload, place + 0.8
        cost = served.median("cost")
        colour = FASTER_COLOUR if served.server.startswith(ours) else SLOWER_COLOUR
        axes.barh(place, cost, color=colour, height=0.7)
        waits = f"p50 {served.median('p50'):.2f}, p99 {served.median('p99'):.2f} ms"
        text = f" {cost:,.1f} us   {served.median('rate'):,.0f}/s   {waits}"
        axes.text(cost, place, text, va="center", fontsize=7, color="#444")
        places.append(place)
        names.append(served.server)
        place += 0.8
    axes.set_yticks(places, names, fontsize=8)
    axes.invert_yaxis()
    axes.set_xscale("log")
    costs = [served.median("cost") for served in found]
    axes.set_xlim(min(costs) / 2, max(costs) * 12)
    axes.set_xlabel("microseconds of the server's processor time a request")
    _finish(figure, [axes], f"{about['benchmark']} (CPython {about['python']}, {about['cores']} cores)", path)


def draw_lines(about: dict[str, Any], axis: str, line: dict[int, list[Served]], ours: str, path: Path) -> None:
    """Write the cost of a request, and how long it waits, over what they grow with, a line a server, as SVG."""
    figure, (costs, waits) = pyplot.subplots(2, 1, figsize=(8, 7), sharex=True)
    servers = list(dict.fromkeys(served.server for row in line.values() for served in row))
    peers = iter(PEERS * 2)
    for server in servers:
        points = {place: served for place, row in line.items() for served in row if served.server == server}
        own = server.startswith(ours)
        style: dict[str, Any] = {"color": FASTER_COLOUR if own else next(peers), "label": server}
        style["linestyle"] = (
            ("-", "--", ":")[[name for name in servers if name.startswith(ours)].index(server) % 3] if own else "-"
        )
        costs.plot(list(points), [served.median("cost") for served in points.values()], marker="o", **style)
        waits.plot(list(points), [served.median("p99") for served in points.values()], marker="o", **style)
    for axes, what in ((costs, "microseconds a request"), (waits, "p99, milliseconds")):
        axes.set_yscale("log")
        axes.set_ylabel(what)
    if 0 in line:
        waits.set_xscale("symlog", linthresh=1024)
    else:
        waits.set_xscale("log")
    waits.set_xlabel(axis)
    costs.legend(frameon=False, fontsize=8)
    _finish(figure, [costs, waits], f"{about['benchmark']}: a request (CPython {about['python']})", path)


def _finish(figure: Any, axes: list[Any], title: str, path: Path) -> None:
    axes[0].set_title(title, fontsize=10)
    for each in axes:
        for side in ("top", "right"):
            each.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
