"""The licences that the Hugging Face Hub knows by an identifier, which a model's card names."""

from cnnviz.base.errors import OptionError

OTHER = "other"
USUAL = ("mit", "apache-2.0", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "openrail")
LICENSES = frozenset(
    (
        *USUAL,
        *("afl-3.0", "agpl-3.0", "apple-amlr", "apple-ascl", "artistic-2.0", "bsd", "bsd-2-clause"),
        *("bsd-3-clause-clear", "bigcode-openrail-m", "bigscience-bloom-rail-1.0", "bigscience-openrail-m", "bsl-1.0"),
        *("c-uda", "cc", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-nd-3.0"),
        *("cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0", "cc-by-sa-3.0"),
        *("cdla-permissive-1.0", "cdla-permissive-2.0", "cdla-sharing-1.0", "creativeml-openrail-m", "ecl-2.0"),
        *("epl-1.0", "epl-2.0", "etalab-2.0", "eupl-1.1", "eupl-1.2", "gfdl", "gpl", "gpl-2.0", "gpl-3.0"),
        *("intel-research", "isc", "lgpl", "lgpl-2.1", "lgpl-3.0", "lgpl-lr", "lppl-1.3c", "mpl-2.0", "ms-pl", "ncsa"),
        *("odbl", "odc-by", "ofl-1.1", "openrail++", "osl-3.0", "pddl", "postgresql", "unknown", "unlicense", "wtfpl"),
        *("zlib", OTHER),
    )
)
"""Identifiers that a card's `license` may have; https://huggingface.co/docs/hub/repositories-licenses lists them."""


def require_license(name: str) -> str:
    """Return a licence's identifier as the Hub writes it.

    Args:
        name: The identifier, in small or capital letters: SPDX's is the same for most licences.

    Returns:
        It in small letters.

    Raises:
        OptionError: If the Hub does not know it.

    Example:
        >>> require_license("Apache-2.0")
        'apache-2.0'
    """
    identifier = name.strip().lower()
    if identifier not in LICENSES:
        raise OptionError(
            f"The Hugging Face Hub knows no licence of this name. Usual ones: {', '.join(USUAL)}. For one of your own, "
            f"write '{OTHER}', and add it to the model's folder. Received: {name!r}."
        )
    return identifier
