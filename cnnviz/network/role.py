"""The role of a layer: what kinds of layers do, under one name for all of a sort."""

CONVOLUTION, POOLING, NORMALIZATION, ACTIVATION = "convolution", "pooling", "normalization", "activation"
SUM, PRODUCT, JOIN, DENSE, OTHER = "sum", "product", "join", "dense", "other"
ROLES = (CONVOLUTION, POOLING, NORMALIZATION, ACTIVATION, SUM, PRODUCT, JOIN, DENSE, OTHER)

ACTIVATION_KINDS = frozenset(
    {"Activation", "Celu", "ELU", "Elu", "Gelu", "HardSigmoid", "HardSilu", "HardTanh", "LeakyReLU", "LeakyRelu"}
    | {"LogSigmoid", "LogSoftmax", "PReLU", "ReLU", "Relu", "Relu6", "Selu", "Sigmoid", "Silu", "Softmax", "Softplus"}
    | {"Softsign", "Tanh"}
)
"""Keras's layers and operations that are nothing but an activation function."""

JOINING = {"Add": SUM, "CustomScaleLayer": SUM, "Multiply": PRODUCT, "Concatenate": JOIN}
"""Kinds of layers and operations that make one of several inputs."""


def find_role(kind: str, num_inputs: int = 1) -> str:
    """Find the role of a layer.

    Args:
        kind: Its Keras class name.
        num_inputs: How many layers feed it. What adds or multiplies by a number, and not by another layer, has no role.

    Returns:
        One of `ROLES`: "sum" is where branches are added up, as at the end of a residual block; "product" where they
        are multiplied, as by a gate; "join" where their channels are put side by side.

    Example:
        >>> find_role("BatchNormalization"), find_role("Add", 2), find_role("Flatten")
        ('normalization', 'sum', 'other')
    """
    if kind in JOINING:
        return JOINING[kind] if num_inputs > 1 else OTHER
    if kind in ACTIVATION_KINDS:
        return ACTIVATION
    if kind.endswith("Normalization") and kind != "SpectralNormalization":  # which scales weights, not numbers
        return NORMALIZATION
    if "Conv" in kind:
        return CONVOLUTION
    if "Pool" in kind:
        return POOLING
    return DENSE if kind in ("Dense", "EinsumDense") else OTHER
