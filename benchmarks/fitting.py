"""Reading photographs, fitting a few steps and what follows an epoch, in a process of its own, to be measured.

    python -m benchmarks.fitting CACHE FOLDER...

It prints its peak memory in kB: before it reads the first photo, and at the end.
"""

import sys
from pathlib import Path

from cnnviz.data.dataset import read_dataset
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.training.batches import Batches
from cnnviz.training.learner import Learner
from cnnviz.training.recipe import RECIPES
from cnnviz.training.training import NUM_MEASURED

NUM_STEPS = 10


def peak_memory() -> int:
    """Give the most memory in kB that this process has held, mapped files included, on Linux."""
    return int(Path("/proc/self/status").read_text(encoding="utf-8").split("VmHWM:")[1].split()[0])


def main() -> None:
    """Take steps on photographs from all over the split, in shuffled order."""
    cache, *folders = map(Path, sys.argv[1:])
    recipe = RECIPES["default"]
    learner = Learner(recipe, NUM_STEPS, seed=0)
    before = peak_memory()
    split = read_dataset(folders, Preprocessing(), cache=cache).splits["train"]
    num_steps = len(split) // recipe.batch_size
    learner.fit(Batches(split, recipe.batch_size, recipe, 0, 0, max(num_steps - NUM_STEPS, 0)))
    learner.saved_weights(split.sample(NUM_MEASURED))
    print(before, peak_memory())


if __name__ == "__main__":
    main()
