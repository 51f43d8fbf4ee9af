"""The figures of the comparison with the peers, printed after the tests."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    figures = [figure for report in reports for figure in report.user_properties if figure[0].startswith("oracle: ")]
    for name, difference in sorted(figures):
        terminalreporter.write_line(f"{name.removeprefix('oracle: '):60}{difference:.1e}")
