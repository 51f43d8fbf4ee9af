"""Seeds that Keras takes."""

import pytest

from cnnviz.base.errors import OptionError
from cnnviz.base.seeds import require_seed


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seeds_out_of_range_are_refused(seed: int) -> None:
    require_seed(0)
    require_seed(2**32 - 1)
    with pytest.raises(OptionError, match=rf"^--seed is a number from 0 to 4294967295\. Received: {seed}\.$"):
        require_seed(seed)
