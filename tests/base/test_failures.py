"""What other libraries raise, told in one line."""

from contextlib import AbstractContextManager

import pytest

from cnnviz.base.errors import FolderError, NetworkError
from cnnviz.base.failures import MAX_REASON, failing_as, reason


def test_reason_is_one_short_printable_line() -> None:
    told = reason(RuntimeError("first\nsecond\x1b[31m\u2028third" + "x" * 1000))
    assert told.startswith("RuntimeError, first second [31m third")
    assert told.isprintable()
    assert len(told) == MAX_REASON
    assert reason(KeyError()) == "KeyError"


def test_whatever_is_raised_becomes_the_error_with_its_cause() -> None:
    with pytest.raises(NetworkError, match=r"^Cannot do it\. Received: MemoryError\.$") as caught, _failing():
        raise MemoryError
    assert isinstance(caught.value.__cause__, MemoryError)


@pytest.mark.parametrize("error", [FolderError("ours"), KeyboardInterrupt(), SystemExit(1)], ids=repr)
def test_our_own_errors_and_the_end_of_the_process_pass_as_they_are(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, _failing():
        raise error
    assert caught.value is error


def _failing() -> AbstractContextManager[None]:
    return failing_as(NetworkError, "Cannot do it.")
