"""The types and exceptions of `ferrosock.cbor`, and the types of Python that tags stand for."""

import datetime
import decimal
import fractions
import ipaddress
import math
import re
import uuid

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


class CBORError(Exception):
    """What goes wrong with CBOR."""


class CBOREncodeError(CBORError):
    """An object could not be encoded."""


class CBOREncodeTypeError(CBOREncodeError, TypeError):
    """An object is of a type that has no CBOR."""


class CBOREncodeValueError(CBOREncodeError, ValueError):
    """An object has a value that has no CBOR."""


class CBORDecodeError(CBORError):
    """Data could not be decoded."""


class CBORDecodeValueError(CBORDecodeError, ValueError):
    """The data is no CBOR, or a tag has a value that it cannot have."""


class CBORDecodeEOF(CBORDecodeError, EOFError):
    """The data ends too early."""


class CBORTag:
    """A value with a number that says what it means (RFC 8949, section 3.4).

    Raises:
        TypeError: the tag is no int from 0 to 2**64 - 1.
    """

    __slots__ = ("tag", "value")

    def __init__(self, tag, value):
        if not isinstance(tag, int) or not 0 <= tag < 1 << 64:
            raise TypeError("CBORTag tags must be positive integers less than 2**64")
        self.tag = tag
        self.value = value

    def __eq__(self, other):
        return (self.tag, self.value) == (other.tag, other.value) if isinstance(other, CBORTag) else NotImplemented

    def __hash__(self):
        return hash((self.tag, self.value))

    def __repr__(self):
        return f"CBORTag({self.tag}, {self.value!r})"


class CBORSimpleValue:
    """A value that others define, 0 to 19 or 32 to 255 (RFC 8949, section 3.3).

    Raises:
        TypeError: it is out of range.
    """

    __slots__ = ("value",)

    def __init__(self, value):
        if not isinstance(value, int) or not (0 <= value <= 19 or 32 <= value <= 255):
            raise TypeError("simple value out of range (0..19, 32..255)")
        self.value = value

    def __eq__(self, other):
        return self.value == other.value if isinstance(other, CBORSimpleValue) else NotImplemented

    def __hash__(self):
        return hash(self.value)

    def __repr__(self):
        return f"CBORSimpleValue({self.value})"


class _Undefined:
    """The type of `undefined`, which is false and of which there is one."""

    __slots__ = ()

    def __bool__(self):
        return False

    def __repr__(self):
        return "undefined"

    def __reduce__(self):
        return "undefined"


undefined = _Undefined()


def represent(value, timestamp, timezone, canonical):
    """Return what stands for an object of a type that CBOR has by a tag; NotImplemented for others.

    Args:
        value: the object.
        timestamp: whether a datetime is a number of seconds (tag 1) rather than text (tag 0).
        timezone: of a datetime that has none; None refuses it.
        canonical: whether the members of a set are sorted.
    """
    for kind, function in _REPRESENT:
        if isinstance(value, kind):
            return function(value, timestamp, timezone, canonical)
    return NotImplemented


def _datetime(value, timestamp, timezone, _canonical):
    if value.tzinfo is None:
        if timezone is None:
            raise CBOREncodeValueError(f"naive datetime {value!r} encountered and no default timezone has been set")
        value = value.replace(tzinfo=timezone)
    if timestamp:
        since = value - _EPOCH
        seconds = since.days * 86400 + since.seconds
        return CBORTag(1, seconds + since.microseconds / 1e6 if since.microseconds else seconds)
    return CBORTag(0, value.isoformat().replace("+00:00", "Z"))


def _decimal(value, *_options):
    if value.is_nan():
        return math.nan
    if value.is_infinite():
        return math.copysign(math.inf, value)
    sign, digits, exponent = value.as_tuple()
    if abs(exponent) > _MOST_EXPONENT:
        raise CBOREncodeValueError(f"the exponent of {value!r} is too large: loads() would refuse it")
    mantissa = int("".join(map(str, digits)))
    return CBORTag(4, [exponent, -mantissa if sign else mantissa])


def _set(value, _timestamp, _timezone, canonical):
    if not canonical:
        return CBORTag(258, list(value))
    from ferrosock._native.cbor import dumps

    return CBORTag(258, sorted(value, key=lambda member: dumps(member, canonical=True)))


def _ip_tag(value):
    return 52 if value.version == 4 else 54


def _prefix(value):
    return [value.prefixlen, value.network_address.packed.rstrip(b"\0")]


_REPRESENT = (
    (datetime.datetime, _datetime),
    (datetime.date, lambda value, *_: CBORTag(1004, value.isoformat())),
    (decimal.Decimal, _decimal),
    (fractions.Fraction, lambda value, *_: CBORTag(30, [value.numerator, value.denominator])),
    (uuid.UUID, lambda value, *_: CBORTag(37, value.bytes)),
    ((set, frozenset), _set),
    (re.Pattern, lambda value, *_: CBORTag(35, value.pattern)),
    # RFC 9164, which the older tags 260 and 261 gave way to.
    ((ipaddress.IPv4Network, ipaddress.IPv6Network), lambda value, *_: CBORTag(_ip_tag(value), _prefix(value))),
    (
        (ipaddress.IPv4Interface, ipaddress.IPv6Interface),
        lambda value, *_: CBORTag(_ip_tag(value), [value.packed, value.network.prefixlen]),
    ),
    ((ipaddress.IPv4Address, ipaddress.IPv6Address), lambda value, *_: CBORTag(_ip_tag(value), value.packed)),
)

_TEXT_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6})\d*)?(?:([Zz])|([+-])(\d\d):(\d\d))", re.ASCII
)


def _from_text_time(value):
    found = _TEXT_TIME.fullmatch(value)
    if found is None:
        raise ValueError(f"no time of RFC 3339: {value!r}")
    *parts, fraction, zulu, sign, hours, minutes = found.groups()
    zone = datetime.timezone.utc
    if not zulu:
        offset = datetime.timedelta(hours=int(hours), minutes=int(minutes))
        zone = datetime.timezone(-offset if sign == "-" else offset)
    return datetime.datetime(*map(int, parts), int((fraction or "0").ljust(6, "0")), tzinfo=zone)


# A few bytes could stand for gigabytes of digits.
_MOST_EXPONENT = 10_000


def _scaled(base):
    def function(value):
        exponent, mantissa = value
        if not isinstance(exponent, int) or not isinstance(mantissa, int):
            raise TypeError("two integers are wanted")
        if abs(exponent) > _MOST_EXPONENT:
            raise ValueError("the exponent is too large")
        if base == 2:
            with decimal.localcontext() as context:
                context.prec = 10_000
                return decimal.Decimal(mantissa) * decimal.Decimal(2) ** exponent
        return decimal.Decimal((mantissa < 0, tuple(map(int, str(abs(mantissa)))), exponent))

    return function


def _network(value):
    ((address, length),) = value.items()
    return ipaddress.ip_network((address.ljust(4 if len(address) <= 4 else 16, b"\0"), length))


def _ip(version):
    size = 4 if version == 4 else 16

    def function(value):
        if isinstance(value, bytes):
            if len(value) != size:
                raise ValueError("an address of another size")
            return ipaddress.ip_address(value)
        first, second = value
        if isinstance(first, int):
            return ipaddress.ip_network((second.ljust(size, b"\0"), first))
        return ipaddress.ip_interface((first, second))

    return function


def _tag(function):
    """Wrap what decodes a tag's value: whatever it cannot take is a CBORDecodeValueError."""

    def decode(value, immutable):
        try:
            return function(value)
        except (TypeError, ValueError, ArithmeticError, AttributeError, RecursionError, MemoryError, re.error) as error:
            raise CBORDecodeValueError(f"a tag has a value that it cannot have: {error}") from error

    return decode


def _set_of(value, immutable):
    try:
        return frozenset(value) if immutable else set(value)
    except TypeError as error:
        raise CBORDecodeValueError(f"a tag has a value that it cannot have: {error}") from error


TAGS = {
    0: _tag(_from_text_time),
    1: _tag(lambda value: _EPOCH + datetime.timedelta(seconds=value)),
    4: _tag(_scaled(10)),
    5: _tag(_scaled(2)),
    30: _tag(lambda value: fractions.Fraction(*value)),
    35: _tag(re.compile),
    37: _tag(lambda value: uuid.UUID(bytes=value)),
    100: _tag(lambda value: datetime.date(1970, 1, 1) + datetime.timedelta(days=value)),
    258: _set_of,
    260: _tag(lambda value: ipaddress.ip_address(bytes(value))),
    261: _tag(_network),
    1004: _tag(datetime.date.fromisoformat),
    52: _tag(_ip(4)),
    54: _tag(_ip(6)),
    55799: lambda value, immutable: value,  # self-described: says only that this is CBOR
}

for _class in (
    CBORError, CBOREncodeError, CBOREncodeTypeError, CBOREncodeValueError, CBORDecodeError, CBORDecodeValueError,
    CBORDecodeEOF, CBORTag, CBORSimpleValue, _Undefined,
):  # fmt: skip
    _class.__module__ = "ferrosock.cbor"
