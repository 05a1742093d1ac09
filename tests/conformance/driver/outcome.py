"""How tests and modules went, as the workers tell it; what that is worth is for ``verdict`` to say."""

import dataclasses
import fnmatch

from driver.catalog import Module


@dataclasses.dataclass
class Outcome:
    """How one test went."""

    id: str
    outcome: str
    """"passed", "failed", "skipped" or "xfailed" (failed as CPython's own decorator says)."""
    seconds: float = 0.0
    calls: dict[str, int] = dataclasses.field(default_factory=dict)
    """Native calls made in the worker while the test ran, by submodule."""
    child_calls: dict[str, int] = dataclasses.field(default_factory=dict)
    """Native calls made in processes begun by the test."""
    detail: str = ""
    ran: bool = True
    """False for a test whose own code was never reached: what comes before it failed."""

    @property
    def native(self) -> bool:
        """Whether the test made any call into Ferrosock's native code."""
        return any(self.calls.values()) or any(self.child_calls.values())


@dataclasses.dataclass
class ModuleRun:
    """How one module went."""

    module: Module
    plan: list[str] = dataclasses.field(default_factory=list)
    outcomes: dict[str, Outcome] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    fixture_calls: dict[str, int] = dataclasses.field(default_factory=dict)
    skipped: str = ""
    """Why the whole module was skipped, if it was."""
    broken: str = ""
    """Why the module's tests could not even be listed, if so."""
    ending: str = ""
    """How the process ended after the last test, where it did not end well."""
    strangers: list[str] = dataclasses.field(default_factory=list)
    """The standard library's extension modules that were loaded beside ours."""
    processes: int = 0
    log: str = ""

    def ids(self, outcome: str) -> list[str]:
        """The tests with this outcome."""
        return [one.id for one in self.outcomes.values() if one.outcome == outcome]

    def due(self, only: list[str] | None, exclude: list[str]) -> list[str]:
        """The tests that still owe an outcome, in their order; see ``Runner.run`` for the arguments."""
        wanted = None if only is None else set(only)
        return [
            name
            for name in self.plan
            if name not in self.outcomes
            and (wanted is None or name in wanted)
            and not any(name == pattern or fnmatch.fnmatchcase(name, pattern) for pattern in exclude)
        ]
