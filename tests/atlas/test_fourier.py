"""Waves against sums written out, and their gradient against differences."""

import numpy as np

from cnnviz.atlas.fourier import Waves

SIZE = (4, 6)
LUCID = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])


def written_out(amplitudes: np.ndarray) -> np.ndarray:
    """Add the waves of one picture up, one by one; lucid's colours, and what is scaled by 1 / frequency."""
    height, width = SIZE
    values = np.zeros((*SIZE, 3))
    for down in range(height):
        for across in range(width):
            frequency = np.hypot(min(down, height - down) / height, min(across, width - across) / width)
            scale = 1.5 / np.sqrt(width) / max(frequency, 1 / width)
            for row in range(height):
                for column in range(width):
                    angles = 2 * np.pi * down * row / height, 2 * np.pi * across * column / width
                    wave = np.prod([np.cos(angle) + np.sin(angle) for angle in angles]) / np.sqrt(height * width)
                    values[row, column] += amplitudes[down, across] * scale * wave
    colors = LUCID / max(np.sqrt((LUCID[:, column] ** 2).sum()) for column in range(3))
    return 1 / (1 + np.exp(-(values @ colors.T)))


def test_pictures_are_sums_of_waves_in_lucids_colors() -> None:
    amplitudes = np.random.default_rng(1).normal(size=(2, *SIZE, 3))
    expected = np.stack([written_out(each) for each in amplitudes])
    np.testing.assert_allclose(Waves(*SIZE).pictures(amplitudes), expected, atol=1e-12)


def test_slopes_are_those_of_differences() -> None:
    random = np.random.default_rng(2)
    amplitudes, by_pixel = random.normal(size=(2, 1, *SIZE, 3))
    waves, tiny = Waves(*SIZE), 1e-6
    slopes = waves.slopes(waves.pictures(amplitudes), by_pixel)
    for index in np.ndindex(amplitudes.shape):
        change = np.zeros_like(amplitudes)
        change[index] = tiny
        both = (waves.pictures(amplitudes + sign * change) for sign in (1, -1))
        more, less = ((pictures * by_pixel).sum() for pictures in both)
        assert abs(slopes[index] - (more - less) / (2 * tiny)) < 1e-6
