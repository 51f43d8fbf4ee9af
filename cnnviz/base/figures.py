"""Numbers as people read them; `ui/shared/numbers.js` writes the same in the browser.

Rounding goes to the nearest, and from the exact middle away from zero, of the exact value that a float has. What is
above zero is never rounded to 0%, what is below one never to 100%. A minus is a minus sign, and thousands have commas.
"""

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal

MINUS = "\N{MINUS SIGN}"
SMALL, LARGE = 1e-3, 1e5
"""Below and from there on, numbers of three digits have an exponent."""

HUGE = 1e21
"""From there on, JavaScript writes no decimals."""

NUM_DIGITS, THOUSAND = 3, 1000
EXACT = Context(prec=2000, rounding=ROUND_HALF_UP)


def percent(probability: float) -> str:
    """Write a probability, never as certainty.

    Args:
        probability: In [0, 1].

    Returns:
        A percentage with one decimal; "<0.1%" and ">99.9%" near the ends.

    Example:
        >>> percent(0.973), percent(0.99999), percent(1)
        ('97.3%', '>99.9%', '>99.9%')
    """
    return share(min(max(probability, math.nextafter(0, 1)), math.nextafter(1, 0)), 1)


def share(part: float, digits: int = 0) -> str:
    """Write how much of a whole something is: only nothing is 0%, and only all is 100%.

    Args:
        part: In [0, 1]; a setting may be larger.
        digits: Decimals of the percentage.

    Returns:
        A percentage; of one above 0 or below 1 that would read 0% or 100%, that it is more or less.

    Example:
        >>> share(0.37), share(0.004), share(0.996), share(0.9345, 1)
        ('37%', '<1%', '>99%', '93.5%')
    """
    text, step = decimals(100 * part, digits), 10.0**-digits
    if part > 0 and text == decimals(0, digits):
        return f"<{decimals(step, digits)}%"
    if part < 1 and text == decimals(100, digits):
        return f">{decimals(100 - step, digits)}%"
    return f"{text}%"


def decimals(value: float, digits: int = 3) -> str:
    """Write a number that stands below others of its kind.

    Args:
        value: The number.
        digits: Digits after the point, always as many.

    Returns:
        The number; from 1e21 on as `short` has it.

    Example:
        >>> decimals(0.0625), decimals(1234, 1)
        ('0.063', '1,234.0')
    """
    return short(value) if abs(value) >= HUGE else _signed(value, lambda size: f"{_rounded(size, -digits):,f}")


def short(value: float) -> str:
    """Write a number with three digits, without zeros at its end.

    Args:
        value: The number.

    Returns:
        The number; with an exponent if it is very small or large. Only zero is "0".

    Example:
        >>> short(12.345), short(12345), short(0.5), short(123456)
        ('12.3', '12,300', '0.5', '1.23e+5')
    """
    return _signed(value, _short)


def brief(value: float) -> str:
    """Write a number where there is little room: three digits, two decimals at most.

    Args:
        value: The number.

    Returns:
        The number; with an exponent if it is very large. Only zero is "0".

    Example:
        >>> brief(0.126), brief(5), brief(12.345), brief(12345), brief(0.004), brief(0)
        ('0.13', '5.00', '12.3', '12,300', '0.00', '0')
    """
    return _signed(value, _brief)


def signed(value: float, write: Callable[[float], str] = short) -> str:
    """Write a number with its sign in front, also one that is above zero.

    Args:
        value: The number.
        write: How it is written.

    Returns:
        Such as "+0.5".

    Example:
        >>> signed(0.5), signed(0), signed(1.5, brief)
        ('+0.5', '0', '+1.50')
    """
    return f"+{write(value)}" if value > 0 else write(value)


def count(number: int) -> str:
    """Write how many there are.

    Args:
        number: A whole number.

    Returns:
        The number with commas between thousands.

    Example:
        >>> count(1234567)
        '1,234,567'
    """
    return f"{number:,}".replace("-", MINUS)


def sides(*lengths: int) -> str:
    """Write a size.

    Args:
        lengths: Of each side.

    Returns:
        Such as "150×150".

    Example:
        >>> sides(34, 34, 128)
        '34×34×128'
    """  # noqa: RUF002  # the sign of multiplication is meant
    return "×".join(map(str, lengths))  # noqa: RUF001


def _signed(value: float, write: Callable[[float], str]) -> str:
    """Write a number's magnitude, with a minus if it is below zero and does not read as zero."""
    if math.isnan(value):
        return "NaN"
    text = "∞" if math.isinf(value) else write(abs(float(value)))
    return MINUS + text if value < 0 and text.strip("0.") else text


def _short(size: float) -> str:
    if size == 0:
        return "0"
    if size < SMALL or size >= LARGE:
        return _with_exponent(size, NUM_DIGITS)
    return f"{_rounded(size, _last_place(size)).normalize():,f}"


def _brief(size: float) -> str:
    if size >= LARGE:
        return _with_exponent(size, 1)
    return "0" if size == 0 else f"{_rounded(size, max(_last_place(size), -2)):,f}"


def _with_exponent(size: float, num_digits: int) -> str:
    place = _last_place(size, num_digits)
    digits = str(int(_rounded(size, place).scaleb(-place)))
    exponent = place + num_digits - 1
    point = "." if num_digits > 1 else ""
    return f"{digits[0]}{point}{digits[1:]}e{'+' if exponent >= 0 else MINUS}{abs(exponent)}"


def _last_place(size: float, num_digits: int = NUM_DIGITS) -> int:
    """Tell of which power of ten the last of so many digits is, once the number is rounded to them."""
    rounded = Context(prec=num_digits, rounding=ROUND_HALF_UP).create_decimal(size)
    return rounded.adjusted() - num_digits + 1


def _rounded(size: float, place: int) -> Decimal:
    """Round to a power of ten."""
    return Decimal(size).quantize(Decimal(1).scaleb(place), context=EXACT)
