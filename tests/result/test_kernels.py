"""What kernels that read colours are made of."""

import pickle

import keras
import numpy as np
import pytest

from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.loading import load
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.result.kernels import ColorKernel, color_kernels
from networks import build_branches, build_network, build_small

SIZES = [(1, 1), (2, 2), (3, 3), (2, 3), (1, 4), (5, 5), (7, 4)]
GRAY, BLUE = np.array([1, 1, 1]), np.array([-1, -1, 2])
"""Weights of red, green and blue: the same of all, and none in sum."""


def kernel_of(places: list[list[float]], color: np.ndarray) -> ColorKernel:
    """Give a kernel that has the same pattern in every colour, times a number for the colour."""
    weights = np.multiply.outer(np.array(places, np.float32), color)[..., None]
    (kernel,) = color_kernels(build_network(weights))
    return kernel


def project(weights: np.ndarray) -> dict[str, float]:
    """Give the energy of each part by projecting on orthonormal patterns, one after the other, in plain loops."""
    height, width, _ = weights.shape
    colors = [GRAY / np.sqrt(3), np.array([1, -1, 0]) / np.sqrt(2), np.array([1, 1, -2]) / np.sqrt(6)]
    middle = (height - 1) / 2, (width - 1) / 2
    patterns = {
        "flat": np.ones((height, width)),
        "down": np.array([[row - middle[0] for _ in range(width)] for row in range(height)]),
        "across": np.array([[column - middle[1] for column in range(width)] for _ in range(height)]),
    }

    def energy(pattern: str, color: int) -> float:
        length = np.sqrt((patterns[pattern] ** 2).sum())
        if length == 0:
            return 0.0
        product = 0.0
        for row in range(height):
            for column in range(width):
                for each in range(3):
                    product += weights[row, column, each] * patterns[pattern][row, column] * colors[color][each]
        return float((product / length) ** 2)

    return {
        "brightness": energy("flat", 0),
        "color": energy("flat", 1) + energy("flat", 2),
        "edge": energy("down", 0) + energy("across", 0),
    }


@pytest.mark.parametrize("size", SIZES)
def test_shares_are_those_of_projections_on_orthonormal_patterns_and_sum_to_one(size: tuple[int, int]) -> None:
    weights = np.random.default_rng(1).normal(size=(*size, 3, 6)).astype(np.float32)
    kernels = color_kernels(build_network(weights))
    assert [kernel.channel for kernel in kernels] == list(range(6))
    for kernel in kernels:
        energies = project(kernel.weights.astype(np.float64))
        total = (kernel.weights.astype(np.float64) ** 2).sum()
        assert {name: kernel.shares[name] for name in energies} == pytest.approx(
            {name: energy / total for name, energy in energies.items()}, abs=1e-6
        )
        assert sum(kernel.shares.values()) == pytest.approx(1)
        assert min(kernel.shares.values()) >= 0


@pytest.mark.parametrize(
    ("places", "color", "label"),
    [
        ([[1, 1, 1]] * 3, GRAY, "brightness"),
        ([[-2]], GRAY, "brightness"),
        ([[1, 1], [1, 1]], BLUE, "color"),
        ([[-1, 0, 1]] * 3, GRAY, "edge"),
        ([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], GRAY, "edge"),
        ([[-1, 1]], GRAY, "edge"),
        ([[-1, 2, -1]] * 3, GRAY, ""),
        ([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], GRAY, ""),
        ([[-1, 0, 1]] * 3, BLUE, ""),
        ([[0, 0], [0, 0]], GRAY, ""),
    ],
    ids=["all", "one place", "blue", "edge", "Sobel", "two", "line", "spot", "edge between colours", "nothing"],
)
def test_kernel_is_named_after_what_it_is_made_of(places: list[list[float]], color: np.ndarray, label: str) -> None:
    assert kernel_of(places, color).label == label


def test_zero_kernel_has_no_parts_and_is_gray() -> None:
    kernel = kernel_of([[0, 0], [0, 0]], GRAY)
    assert set(kernel.shares.values()) == {0}
    assert (np.asarray(kernel.picture()) == 128).all()


@pytest.mark.parametrize("degrees", [0, 30, 90, 135, 180, -120, -90])
@pytest.mark.parametrize("size", [(3, 3), (2, 5)])
def test_angle_points_to_the_bright_side_of_the_edge(degrees: float, size: tuple[int, int]) -> None:
    rows, columns = np.mgrid[: size[0], : size[1]] - np.array(size).reshape(2, 1, 1) / 2 + 7
    plane = np.cos(np.radians(degrees)) * columns - np.sin(np.radians(degrees)) * rows
    kernel = kernel_of((plane - plane.mean()).tolist(), GRAY)
    assert kernel.shares["edge"] == pytest.approx(1, abs=1e-5)
    assert np.cos(np.radians(kernel.angle - degrees)) == pytest.approx(1, abs=1e-4)


def test_random_kernels_are_not_named(network: Network) -> None:
    assert [kernel.label for kernel in color_kernels(network)] == [""] * 32
    weights = np.random.default_rng(2).normal(size=(3, 3, 3, 500)).astype(np.float32)
    assert sum(bool(kernel.label) for kernel in color_kernels(build_network(weights))) <= 1


def test_kernels_of_the_embedded_model_are_edges_or_mixtures() -> None:
    explorer = load()
    kernels = explorer.kernels()
    assert len(kernels) == explorer.network.layer("conv2d_1").shape[-1]
    assert {kernel.channel: kernel.label for kernel in kernels if kernel.label} == {6: "edge", 27: "edge"}


def test_picture_has_whole_squares_around_the_same_gray(explorer: Explorer) -> None:
    for kernel in explorer.kernels()[:8]:
        pixels = np.asarray(kernel.picture())
        assert pixels.shape == (60, 60, 3)
        squares = pixels[::20, ::20]
        assert (pixels == squares.repeat(20, axis=0).repeat(20, axis=1)).all()
        shares = (squares.astype(float) - 128) / 127
        np.testing.assert_allclose(shares, kernel.weights / np.abs(kernel.weights).max(), atol=0.5 / 127 + 1e-6)


def test_kernels_that_read_a_rescaled_picture_read_its_colours() -> None:
    weights = np.ones((3, 3, 3, 2), np.float32)
    before = [keras.layers.Rescaling(2.0, offset=-1.0), keras.layers.ZeroPadding2D(1)]
    assert [kernel.label for kernel in color_kernels(build_network(weights, before))] == ["brightness"] * 2


def test_nothing_is_said_of_kernels_that_read_anything_else() -> None:
    ones = np.ones((3, 3, 3, 2), np.float32)
    assert color_kernels(build_network(ones, [keras.layers.DepthwiseConv2D(3)])) == ()
    assert color_kernels(build_network(np.ones((3, 3, 1, 3), np.float32), groups=3)) == ()
    dense = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    assert color_kernels(Network(dense, ("cat", "dog"), Preprocessing(8, 8))) == ()


def test_first_convolution_of_any_network_is_read() -> None:
    assert [kernel.layer_name for kernel in color_kernels(build_branches())] == ["signed"] * 3


def test_kernels_of_other_weights_are_those_of_a_network_with_them() -> None:
    network = build_small()
    weights = [2 * values for values in network.model.get_weights()]
    twice = color_kernels(network, weights)
    assert [kernel.channel for kernel in twice] == [kernel.channel for kernel in color_kernels(network)]
    for kernel, own in zip(twice, color_kernels(network), strict=True):
        assert np.allclose(kernel.weights, 2 * own.weights)
        assert (kernel.label, kernel.angle) == (own.label, pytest.approx(own.angle))


def test_kernel_is_pickled_and_its_shares_stay_read_only() -> None:
    kernel = kernel_of([[1, 0], [0, 0]], GRAY)
    other = pickle.loads(pickle.dumps(kernel))
    assert (other.label, dict(other.shares), other.angle) == (kernel.label, dict(kernel.shares), kernel.angle)
    assert other.picture().tobytes() == kernel.picture().tobytes()
    with pytest.raises(TypeError, match="item assignment"):
        other.shares["edge"] = 0
