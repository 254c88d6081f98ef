#!/usr/bin/env python3
"""Upload the repository to the Hugging Face Hub as a dataset, at a tag.

    scripts/publish_dataset.py OWNER/NAME            list and check what would be uploaded; touches no network
    scripts/publish_dataset.py OWNER/NAME --upload   upload it as one commit and tag it with the version

What is uploaded is what git tracks, from a clean tree: nothing that is ignored can slip in.  One commit is
all or nothing on the Hub's side, so a failure leaves the revision before it as it was.  The token comes
from HF_TOKEN, or from where `hf auth login` put it, and is never printed.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))  # this checkout, whatever is installed

from reportedly import __version__

if TYPE_CHECKING:
    from huggingface_hub import HfApi

LIMIT = 10 * 2**20  # bytes; larger files would go to the Hub's large-file store, and none is meant to be here
_SECRET = re.compile(rb"\bhf_[A-Za-z0-9]{20,}\b")


def git(root: Path, *words: str) -> str:
    """Ask git about the tree; raises CalledProcessError outside of one."""
    return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True).stdout


def tracked(root: Path) -> list[str]:
    """List the files that are uploaded, sorted."""
    return sorted(name for name in git(root, "ls-files", "-z").split("\0") if name)


def faults(root: Path, names: list[str], version: str) -> list[str]:
    """List everything that speaks against uploading these files."""
    found = [f"not committed: {line[3:]}" for line in git(root, "status", "--porcelain").splitlines()]
    for script in ("build.py", "build_dataset.py"):
        done = subprocess.run(
            [sys.executable, root / "scripts" / script, "--check"], capture_output=True, text=True, check=False
        )
        found += done.stderr.splitlines() if done.returncode else []
    for name in names:
        content = (root / name).read_bytes() if (root / name).is_file() else b""
        if len(content) > LIMIT:
            found.append(f"{name} is larger than {LIMIT:,} bytes")
        if _SECRET.search(content):
            found.append(f"{name} holds what looks like an access token")
    card = yaml.safe_load((root / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    rows = [file["path"] for config in card["configs"] for file in config["data_files"]]
    found += [f"the card names {path}, which git does not track" for path in rows if path not in names]
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    if citation["version"] != version:
        found.append(f"CITATION.cff is of version {citation['version']}, the package of {version}")
    return found


def upload(api: HfApi, repository: str, root: Path, names: list[str], tag: str) -> str:
    """Make the dataset the same as the files, in one commit, and tag it; returns the commit's address.

    Raises:
        ValueError: the tag is there already; what is released is not changed.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete

    api.create_repo(repository, repo_type="dataset", exist_ok=True)
    if any(found.name == tag for found in api.list_repo_refs(repository, repo_type="dataset").tags):
        raise ValueError(f"{repository} has the tag {tag} already; a release is not changed: raise the version")
    # The Hub's own .gitattributes stays; whatever else is there and not here any more goes.
    gone = set(api.list_repo_files(repository, repo_type="dataset")) - {*names, ".gitattributes"}
    operations: list[CommitOperationAdd | CommitOperationCopy | CommitOperationDelete] = [
        *(CommitOperationAdd(path_in_repo=name, path_or_fileobj=root / name) for name in names),
        *(CommitOperationDelete(path_in_repo=name) for name in sorted(gone)),
    ]
    commit = api.create_commit(
        repository, operations, repo_type="dataset", commit_message=f"Release {tag.removeprefix('v')}"
    )
    api.create_tag(repository, repo_type="dataset", tag=tag, revision=commit.oid)
    return str(commit.commit_url)


def main() -> int:
    parser = argparse.ArgumentParser(description="Upload the repository to the Hugging Face Hub as a dataset.")
    parser.add_argument("repository", metavar="OWNER/NAME", help="the dataset's id on the Hub")
    parser.add_argument("--upload", action="store_true", help="really upload; without it nothing leaves the machine")
    arguments = parser.parse_args()
    tag = f"v{__version__}"
    try:
        names = tracked(ROOT)
        wrong = faults(ROOT, names, __version__)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"not a git checkout: {error}", file=sys.stderr)
        return 1
    total = sum((ROOT / name).stat().st_size for name in names if (ROOT / name).is_file())
    for name in names:
        print(name)
    print(f"{len(names)} files, {total:,} bytes, for {arguments.repository} at {tag}", file=sys.stderr)
    for line in wrong:
        print(line, file=sys.stderr)
    if wrong or not arguments.upload:
        print("nothing was uploaded" + ("" if wrong else "; --upload does it"), file=sys.stderr)
        return 1 if wrong else 0

    from huggingface_hub import HfApi, get_token

    try:
        print(upload(HfApi(), arguments.repository, ROOT, names, tag))
    except Exception as error:
        # Anything: the client lets the errors of whichever HTTP library it rests on through.
        said = (str(error).splitlines() or [type(error).__name__])[0].replace(get_token() or "\0", "***")
        print(f"not published: {said}", file=sys.stderr)
        print("What was published before is as it was; run it again when the cause is gone.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
