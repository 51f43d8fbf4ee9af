"""What a publication would replace: a model of other classes, or a much better one, is not replaced unasked."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.base.errors import FolderError, HubError
from cnnviz.base.figures import count, share
from cnnviz.base.names import join_names
from cnnviz.hub.client import TIMEOUT_SECONDS, attempt
from cnnviz.model_folder.manifest import MANIFEST, METRICS, read_json

if TYPE_CHECKING:
    from huggingface_hub import HfApi

ADVICE = "Add --force to publish over it, or name another repository or another --branch."


def require_replaceable(api: "HfApi", repository: str, branch: str, folder: Path) -> None:
    """Refuse to publish over a model of other classes, or over a much better one.

    Args:
        api: A client from `cnnviz.hub.client.connect`.
        repository: "user/name"; it need not be there yet.
        branch: Where the model would go; it need not be there yet.
        folder: The model folder.

    Raises:
        HubError: If the branch has a model of other classes, or one whose share of right answers has an interval that
            lies wholly above that of the folder's model; or if the Hub refuses.
    """
    there = _read_there(api, repository, branch)
    if there is None:
        return
    (manifest, metrics), (own_manifest, own_metrics) = there, (read_json(folder / name) for name in (MANIFEST, METRICS))
    names, own_names = manifest.get("class_names"), own_manifest["class_names"]
    where = f"'{repository}' has on its branch {branch}"
    if isinstance(names, list) and names and names != own_names:
        raise HubError(
            f"{where} a model of other classes: {join_names([str(name) for name in names])}. That to publish knows "
            f"{join_names(own_names)}. {ADVICE}"
        )
    better: Any = metrics.get("test")
    worse: Any = own_metrics.get("test")
    if (
        _is_measured(better)
        and _is_measured(worse)
        and worse["accuracy_interval_95"][1] < better["accuracy_interval_95"][0]
    ):
        raise HubError(
            f"{where} a much better model: it was right on {_accuracy(better)}, that to publish on {_accuracy(worse)}. "
            f"{ADVICE}"
        )


def _read_there(api: "HfApi", repository: str, branch: str) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """Read manifest and metrics of the model that is there; None if there is none that can be read."""
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    try:
        about = attempt(
            "look at what is there", lambda: api.model_info(repository, revision=branch, timeout=TIMEOUT_SECONDS)
        )
    except HubError as error:
        if isinstance(error.__cause__, (RepositoryNotFoundError, RevisionNotFoundError)):
            return None
        raise
    if not {MANIFEST, METRICS} <= {each.rfilename for each in about.siblings or []}:
        return None

    def download(name: str) -> Path:
        return Path(api.hf_hub_download(repository, name, revision=about.sha, etag_timeout=TIMEOUT_SECONDS))

    files = [attempt(f"download {name}", lambda name=name: download(name)) for name in (MANIFEST, METRICS)]  # type: ignore[misc]
    try:
        manifest, metrics = map(read_json, files)
    except FolderError:  # a damaged model is nothing to keep
        return None
    return manifest, metrics


def _is_measured(test: Any) -> bool:
    """Tell whether figures hold what is compared and said of them; those of a stranger may be anything."""
    interval = test.get("accuracy_interval_95") if isinstance(test, dict) else None
    if not isinstance(interval, list) or len(interval) != len(("low", "high")):
        return False
    return all(isinstance(value, int | float) for value in (*interval, test.get("accuracy"), test.get("num_photos")))


def _interval(test: Mapping[str, Any]) -> tuple[float, float]:
    low, high = test["accuracy_interval_95"]
    return low, high


def _accuracy(test: Mapping[str, Any]) -> str:
    low, high = _interval(test)
    return (
        f"{share(test['accuracy'], 1)} of {count(test['num_photos'])} test photographs "
        f"(95% interval {share(low, 1)} to {share(high, 1)})"
    )
