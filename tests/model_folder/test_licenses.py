"""The licence that a model is published under."""

import pytest
from huggingface_hub import ModelCardData

from cnnviz.base.errors import OptionError
from cnnviz.model_folder.licenses import LICENSES, USUAL, require_license


@pytest.mark.parametrize("name", sorted(LICENSES))
def test_a_licence_is_found_however_it_is_written_and_stands_in_the_card_s_facts(name: str) -> None:
    assert require_license(f" {name.upper()}") == name
    assert f"license: {name}\n" in ModelCardData(license=name).to_yaml() + "\n"


@pytest.mark.parametrize("name", ["", "MIT License", "apache", "gpl-3.0-only", "nan", "mit\nlicense: apache-2.0"])
def test_an_unknown_licence_is_answered_with_the_usual_ones_and_a_way_out(name: str) -> None:
    with pytest.raises(OptionError) as refused:
        require_license(name)
    assert f"Usual ones: {', '.join(USUAL)}. " in str(refused.value)
    assert str(refused.value).endswith(f"write 'other', and add it to the model's folder. Received: {name!r}.")
