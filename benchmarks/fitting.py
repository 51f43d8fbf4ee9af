"""A separate process whose memory is measured: it reads photographs, fits a few steps and does the work after an epoch.

    python -m benchmarks.fitting CACHE FOLDER...

It prints its peak memory in kB: before it reads the first photo, and at the end.
"""

import sys
from pathlib import Path

from cnnviz.data.dataset import read_dataset
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.training.batches import Batches
from cnnviz.training.learner import Learner
from cnnviz.training.recipe import Recipe
from cnnviz.training.training import NUM_MEASURED

NUM_STEPS = 10


def peak_memory() -> int:
    """Return the peak memory of this process in kB, with mapped files, on Linux."""
    return int(Path("/proc/self/status").read_text(encoding="utf-8").split("VmHWM:")[1].split()[0])


def main() -> None:
    """Fit a few steps on photographs from the whole split, in shuffled order."""
    cache, *folders = map(Path, sys.argv[1:])
    recipe = Recipe.named("default", precision="float32")
    learner = Learner(recipe, NUM_STEPS, seed=0)
    before = peak_memory()
    split = read_dataset(folders, Preprocessing(), cache=cache).splits["train"]
    num_steps = len(split) // recipe.batch_size
    learner.fit(Batches(split, recipe.batch_size, recipe, 0, 0, max(num_steps - NUM_STEPS, 0)))
    learner.saved_weights(split.sample(NUM_MEASURED))
    print(before, peak_memory())


if __name__ == "__main__":
    main()
