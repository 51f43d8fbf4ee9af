"""Numbers for people: one table of cases, which JavaScript reads too, and both languages on random numbers."""

import ast
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright._impl._driver import compute_driver_executable

from cnnviz.base import figures
from server import ROOT

CASES = json.loads((ROOT / "tests" / "figures.json").read_text(encoding="utf-8"))
NUMBERS = ROOT / "cnnviz" / "ui" / "shared" / "numbers.js"
ANSWERING = f"""
import {{ createInterface }} from 'node:readline';
import * as numbers from '{NUMBERS.as_uri()}';
for await (const line of createInterface({{ input: process.stdin }})) {{
  const [name, values] = JSON.parse(line);
  console.log(JSON.stringify(numbers[name](...values.map(Number))));
}}
"""

finite = st.floats(allow_nan=False, allow_infinity=False)
exact_middles = st.integers(-(10**6), 10**6).map(lambda number: number / 16)
round_decimals = st.integers(-(10**6), 10**6).map(lambda number: number / 10**4)
numbers = st.one_of(finite, st.floats(-2, 2), st.floats(0, 1, width=32), exact_middles, round_decimals)

Ask = Callable[..., str]


@pytest.fixture(scope="module")
def javascript() -> Iterator[Ask]:
    """One process that answers what the page's script writes."""
    node, _ = compute_driver_executable()
    command = [node, "--input-type=module", "--eval", ANSWERING]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as process:

        def ask(name: str, *values: Any) -> str:
            assert process.stdin
            assert process.stdout
            print(json.dumps([name, values]), file=process.stdin, flush=True)
            return str(json.loads(process.stdout.readline()))

        yield ask
        assert process.stdin
        process.stdin.close()
        assert process.wait(timeout=300) == 0


@pytest.mark.parametrize(
    ("name", "values", "text"), [(name, *case) for name, cases in CASES.items() for case in cases], ids=str
)
def test_numbers_are_written_as_the_table_says(name: str, values: list[Any], text: str) -> None:
    numbers = [float(value) if isinstance(value, str) else value for value in values]
    assert getattr(figures, name)(*numbers) == text


@pytest.mark.parametrize("name", ["share", "decimals", "short", "brief", "signed"])
@settings(max_examples=400)
@given(value=numbers)
def test_javascript_writes_the_same(javascript: Ask, name: str, value: float) -> None:
    assert javascript(name, value) == getattr(figures, name)(value)


@settings(max_examples=400)
@given(value=numbers, digits=st.integers(0, 6))
def test_javascript_writes_the_same_of_any_number_of_digits(javascript: Ask, value: float, digits: int) -> None:
    for name in ("share", "decimals"):
        assert javascript(name, value, digits) == getattr(figures, name)(value, digits)


@given(number=st.integers(-(2**53), 2**53))
def test_javascript_counts_the_same(javascript: Ask, number: int) -> None:
    assert javascript("count", number) == figures.count(number)


def read(text: str) -> Fraction:
    return Fraction(text.replace(",", "").replace(figures.MINUS, "-"))


@given(value=st.floats(-1e12, 1e12), digits=st.integers(0, 6))
def test_decimals_are_the_nearest_and_of_two_the_one_further_from_zero(value: float, digits: int) -> None:
    text, step = figures.decimals(value, digits), Fraction(1, 10**digits)
    assert len(text.partition(".")[2]) == digits
    error = abs(read(text)) - abs(Fraction(value))
    assert -step / 2 < error <= step / 2
    assert text.startswith(figures.MINUS) == (value < 0 and read(text) != 0)


@given(value=finite.filter(bool))
def test_three_digits_are_the_nearest(value: float) -> None:
    text, last = figures.short(value), Fraction(10) ** (Decimal(value).adjusted() - 2)
    assert len(re.sub(r"e.*|\D", "", text).strip("0")) <= 3
    assert abs(read(text) - Fraction(value)) <= last / 2


@given(part=st.floats(0, 1), digits=st.integers(0, 3))
def test_only_nothing_is_none_and_only_all_is_all(part: float, digits: int) -> None:
    none, all_of_it = figures.share(0, digits), figures.share(1, digits)
    assert (figures.share(part, digits) == none) == (part == 0)
    assert (figures.share(part, digits) == all_of_it) == (part == 1)
    assert figures.percent(part) not in ("0.0%", "100.0%")


def test_numbers_of_numpy_are_written_as_they_are() -> None:
    assert figures.short(np.float32(-0.5)) == f"{figures.MINUS}0.5"
    assert figures.signed(np.float64(2), figures.brief) == "+2.00"
    assert figures.count(np.int64(1234)) == "1,234"


RULE = re.compile(r"[+,]*(\.\d+)?[f%e]?")


def test_no_other_module_has_a_rule_of_its_own() -> None:
    """Settings, as :g, and lengths in CSS may be written where they stand."""
    found = []
    for path in sorted((ROOT / "cnnviz").rglob("*.py")):
        name = path.relative_to(ROOT / "cnnviz").as_posix()
        if name == "base/figures.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
                (part,) = node.format_spec.values
                if isinstance(part, ast.Constant) and RULE.fullmatch(str(part.value)):
                    found.append(f"{name}:{node.lineno}: {ast.unparse(node)}")
    assert not found, "\n".join(found)
