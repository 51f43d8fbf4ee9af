"""Upload the app to a Space on the Hugging Face Hub: `python scripts/deploy.py USER/SPACE`.

    python scripts/deploy.py USER/SPACE --dry-run             list what would be uploaded
    python scripts/deploy.py USER/SPACE --model USER/NAME@v1  have the Space fetch this model when it is built

One commit holds only the files that the page needs; if they are already there, no commit is made. The token comes from
HF_TOKEN, from `hf auth login`, or, in a workflow of GitHub, from the Hub's trusted publishing (HF_OIDC_RESOURCE).
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import yaml
from huggingface_hub import HfApi

from cnnviz.base.errors import CnnvizError, HubError
from cnnviz.hub.client import Reference, attempt, commit_files, connect, is_repository, read_reference
from cnnviz.hub.pull import pull
from cnnviz.model_folder.manifest import MANIFEST, listed_files, read_manifest

CARD = "README.md"
NEEDED = (CARD, "LICENSE", "app.py", "requirements.txt", "cnnviz")
"""Files and folders that a Space needs; of a folder, all files that git knows."""


def main() -> int:
    """Read the flags, upload, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="deploy.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("space", metavar="USER/SPACE", help="the Space; it is created if it does not exist")
    parser.add_argument(
        "--model", metavar="USER/NAME@REVISION", help="the model that the Space fetches when it is built"
    )
    parser.add_argument("--dry-run", action="store_true", help="only list what would be uploaded")
    arguments = parser.parse_args()
    try:
        deploy(arguments.space, arguments.model, arguments.dry_run)
    except CnnvizError as error:
        print(f"deploy.py: {error}", file=sys.stderr)
        return 1
    return 0


def deploy(space: str, model: str | None, dry_run: bool) -> None:
    """Upload the app to a Space, or list what would be uploaded."""
    if not is_repository(space):
        raise HubError(f"A Space is named USER/NAME, of letters, digits, '-', '_' and '.'. Received: '{space}'.")
    files = {name: ROOT / name for name in list_files()}
    with tempfile.TemporaryDirectory() as folder:
        if model:
            card = Path(folder) / CARD
            card.write_text(preload((ROOT / CARD).read_text(encoding="utf-8"), model), encoding="utf-8")
            files[CARD] = card
        if dry_run:
            for name, file in files.items():
                print(f"{file.stat().st_size:>12,}  {name}")
            print(f"{len(files)} files, {sum(file.stat().st_size for file in files.values()):,} bytes.")
            return
        api = connect()
        make_space(api, space)
        commit, is_new = commit_files(api, space, files, "Deploy the app", kind="space", alone=True)
    print(f"{'Deployed to' if is_new else 'Already up to date:'} {space}, commit {commit}.")


def make_space(api: HfApi, space: str) -> None:
    """Create the Space if it does not exist. A workflow's token may write to a Space, but may not create one."""
    if not attempt("find the Space", lambda: api.repo_exists(space, repo_type="space")):
        attempt("make the Space", lambda: api.create_repo(space, repo_type="space", space_sdk="gradio", exist_ok=True))


def list_files() -> list[str]:
    """List the files that a Space needs: only files that git knows, so that no other file is uploaded."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--", *NEEDED]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise HubError(
            f"Cannot list the files: this needs git and a clone of the repository. Received: {error}."
        ) from error
    return sorted(filter(None, listed.stdout.split("\0")))


def preload(card: str, model: str) -> str:
    """Name the model in a Space's card, so that the Space fetches it when it is built, not when it starts."""
    reference = read_reference(model)
    if reference is None:
        raise HubError(f"A model is named USER/NAME or USER/NAME@REVISION. Received: '{model}'.")
    snapshot = pull(reference)
    names = [MANIFEST, *listed_files(read_manifest(snapshot.folder))]
    _, front_matter, text = card.split("---\n", 2)
    values = yaml.safe_load(front_matter)
    return f"---\n{_front_matter(values, Reference(reference.repository, snapshot.commit), names)}---\n{text}"


def _front_matter(values: Mapping[str, Any], model: Reference, names: list[str]) -> str:
    fetched = f"{model.repository} {','.join(names)} {model.revision}"
    more = {"models": [model.repository], "preload_from_hub": [fetched]}
    return str(yaml.safe_dump({**values, **more}, sort_keys=False, allow_unicode=True, width=10_000))


if __name__ == "__main__":
    sys.exit(main())
