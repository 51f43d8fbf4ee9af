"""What the photographs of all sources have in common."""

import unicodedata

import pytest

from cnnviz.data.photos import class_of


@pytest.mark.parametrize("name", ["cat", "Cat", "cats", "CATS"])
def test_the_folders_of_well_known_data_sets_are_one_class(name: str) -> None:
    assert class_of(name) == "cat"


def test_other_names_are_classes_as_they_are_whichever_system_wrote_them() -> None:
    assert class_of("Great Dane") == "Great Dane"
    assert class_of(unicodedata.normalize("NFD", "épagneul")) == "épagneul"
