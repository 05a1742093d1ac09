"""What modules list of their classes, so that native code sees whether anybody has put something else in its place."""


def seams(cls: type, *names: str) -> tuple[object, ...]:
    """Return the names, each followed by what a class has under it, of its own or inherited."""
    found: list[object] = []
    for name in names:
        found += [name, next(vars(base)[name] for base in cls.__mro__ if name in vars(base))]
    return tuple(found)


def absent(*names: str) -> tuple[object, ...]:
    """Return names that a class must have nothing under, as instances keep such attributes themselves."""
    return tuple(item for name in names for item in (name, ...))
