"""A server that speaks as much of the Hub's protocol as publishing and pulling models needs, with faults on demand."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import unquote

LARGE = (".h5", ".keras", ".safetensors")
"""Files that the Hub keeps in LFS, as its default .gitattributes says."""

RECORD = 48
"""Bytes of a record in a shard of the client's storage of chunks."""


@dataclass
class Commit:
    """One state of a repository."""

    oid: str
    files: dict[str, bytes]
    message: str = ""
    declared: dict[str, int] = field(default_factory=dict)
    """Sizes that are said to be other than they are."""


@dataclass
class Repository:
    """Commits by branch, and tags."""

    private: bool = False
    history: list[Commit] = field(default_factory=list)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def commit(self, oid: str) -> Commit:
        """Give a commit."""
        return next(commit for commit in self.history if commit.oid == oid)

    def find(self, revision: str) -> Commit | None:
        """Give the commit that a branch, a tag or a hash names."""
        oid = self.branches.get(revision) or self.tags.get(revision) or revision
        return next((commit for commit in self.history if commit.oid == oid), None)

    def add(self, branch: str, files: dict[str, bytes], message: str) -> Commit:
        """Commit files to a branch."""
        oid = hashlib.sha1(f"{len(self.history)} {branch} {sorted(files)} {time.time_ns()}".encode()).hexdigest()
        commit = Commit(oid, files, message)
        self.history.append(commit)
        self.branches[branch] = oid
        return commit


@dataclass
class Fault:
    """What goes wrong with the next requests that match.

    Args:
        method: HTTP method.
        path: Regular expression that is found in the path.
        times: How many requests it meets.
        status: Status to answer with; 0 for none.
        stall: Seconds to wait before anything is answered.
        cut: Whether the connection is closed instead of an answer.
        after: Whether the request is carried out before it goes wrong.
        flip: Whether one bit of the file that is sent is another.
        short: Bytes that the file that is sent lacks at its end, and that its length does not count.
        halve: Whether the connection is closed in the middle of the file.
        stale: Whether the branch is said to be where it was before its last commit.
        headers: Of the answer.
        body: Of the answer; None for JSON that says that it is a fault.
    """

    method: str
    path: str
    times: int = 1
    status: int = 0
    stall: float = 0
    cut: bool = False
    after: bool = False
    flip: bool = False
    short: int = 0
    halve: bool = False
    stale: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass
class Hub:
    """The server's state.

    Args:
        url: Its address.
        repositories: By id.
        tokens: What each may do: "read" or "write".
        orgs: Organizations of the user, and what the user may do there.
        fine_grained: What the Hub tells of a token that may do some things only.
        faults: Those to come.
        requests: Method and path of every request so far.
        storage_url: Where large files are, on another origin as in production.
        leaked: Requests to the storage that brought the token along.
        large: How the names of files end that are stored apart.
        part_size: Bytes of the parts in which large files are to be sent; 0 for whole ones.
        num_busy: Number of requests that are being answered.
        xet: Folder in which the client's own storage of chunks works; None for LFS.
    """

    url: str = ""
    storage_url: str = ""
    leaked: list[str] = field(default_factory=list)
    large: tuple[str, ...] = LARGE
    part_size: int = 0
    num_busy: int = 0
    xet: Path | None = None
    repositories: dict[str, Repository] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=lambda: {"hf_writer": "write", "hf_reader": "read"})
    orgs: dict[str, str] = field(default_factory=dict)
    fine_grained: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)
    parts: dict[tuple[str, int], bytes] = field(default_factory=dict)
    lock: Any = field(default_factory=Lock)

    def xet_hash(self, oid: str) -> str:
        """Give the name under which the client's storage of chunks has a large file, from the shards it wrote.

        A shard has records of 48 bytes: a file's hash with its number of segments, the segments, as many
        verifications, and the sha256. Hashes are four numbers of 64 bits, the lowest byte first.
        """
        assert self.xet
        sha256 = _swapped(bytes.fromhex(oid))
        for shard in self.xet.rglob("shards/*.mdb"):
            content = shard.read_bytes()
            end = content.find(sha256)
            for num_segments in range(1, end // (2 * RECORD)):
                start = end - RECORD * (1 + 2 * num_segments)
                if int.from_bytes(content[start + 36 : start + 40], "little") == num_segments:
                    return _swapped(content[start : start + 32]).hex()
        raise LookupError(oid)

    def count(self, method: str, path: str) -> int:
        """Count the requests so far that match."""
        return sum(method == each and re.search(path, where) is not None for each, where in self.requests)

    def add(self, repo: str, folder: Path, branch: str = "main", private: bool = False) -> Commit:
        """Commit a folder's files, as somebody else's client would."""
        known = self.repositories.setdefault(repo, Repository(private=private))
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        return known.add(branch, files, "a commit")

    def fault(self, method: str, path: str) -> Fault | None:
        """Give the fault that meets a request."""
        for each in self.faults:
            if each.times and each.method == method and re.search(each.path, path):
                each.times -= 1
                return each
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub
    answered: bool

    def handle_any(self) -> None:
        """Answer one request, or let it go wrong; until its end it is counted."""
        with self.hub.lock:
            self.hub.num_busy += 1
        try:
            self.answer()
        finally:
            with self.hub.lock:
                self.hub.num_busy -= 1

    def answer(self) -> None:
        """Answer one request, or let it go wrong."""
        path = unquote(self.path.split("?")[0])
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.hub.lock:
            self.hub.requests.append((self.command, path))
            fault = self.hub.fault(self.command, path)
        self.muted = False
        self.fault = fault
        if fault:
            time.sleep(fault.stall)
            if fault.after:
                self.muted = True
                self.route(path)
                self.muted = False
            if fault.cut:
                self.close_connection = True
                return
            if fault.status:
                self.reply(fault.status, {"error": "fault"}, fault.headers, fault.body)
                return
        self.route(path)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815

    def route(self, path: str) -> None:
        """Find what answers a path."""
        for pattern, name in ROUTES:
            match = re.fullmatch(pattern, f"{self.command} {path}")
            if match:
                with self.hub.lock:
                    getattr(self, name)(**match.groupdict())
                return
        self.reply(404, {"error": path}, {"X-Error-Code": "EntryNotFound"})

    # Who asks

    @property
    def role(self) -> str:
        """What the caller may do."""
        return self.hub.tokens.get(self.headers.get("Authorization", "").removeprefix("Bearer "), "")

    def repository(self, repo: str, write: bool = False) -> Repository | None:
        """Give a repository that the caller may see or change, or answer why not."""
        known = self.hub.repositories.get(repo)
        if write and self.role != "write":
            self.reply(403 if self.role else 401, {"error": "no right to write"})
            return None
        if known is None or (known.private and not self.role):
            self.reply(404 if self.role else 401, {"error": "not found"}, {"X-Error-Code": "RepoNotFound"})
            return None
        return known

    def whoami(self) -> None:
        """Tell who asks."""
        if not self.role:
            self.reply(401, {"error": "Invalid user token."})
            return
        token = {"displayName": "test", "role": self.role, **self.hub.fine_grained}
        orgs = [{"name": name, "roleInOrg": role} for name, role in self.hub.orgs.items()]
        self.reply(200, {"type": "user", "name": "user", "orgs": orgs, "auth": {"accessToken": token}})

    # Writing

    def create(self) -> None:
        """Make a repository."""
        if self.role != "write":
            self.reply(403 if self.role else 401, {"error": "no right to write"})
            return
        asked = json.loads(self.body)
        repo = f"{asked.get('organization') or 'user'}/{asked['name']}"
        exists = repo in self.hub.repositories
        if not exists:
            private = asked.get("private") or asked.get("visibility") == "private"
            created = self.hub.repositories[repo] = Repository(private=bool(private))
            created.add("main", {".gitattributes": b"*.h5 filter=lfs\n"}, "initial commit")
        self.reply(409 if exists else 200, {"url": f"{self.hub.url}/{repo}"})

    def delete(self) -> None:
        """Delete a repository."""
        asked = json.loads(self.body)
        if self.repository(f"{asked.get('organization') or 'user'}/{asked['name']}", write=True) is not None:
            del self.hub.repositories[f"{asked.get('organization') or 'user'}/{asked['name']}"]
            self.reply(200, {})

    def validate(self) -> None:
        """Accept any card."""
        self.reply(200, {"errors": [], "warnings": []})

    def preupload(self, repo: str, revision: str) -> None:
        """Tell which files go to LFS."""
        known = self.repository(repo, write=True)
        if known is None:
            return
        files = []
        for each in json.loads(self.body)["files"]:
            mode = "lfs" if each["path"].endswith(self.hub.large) else "regular"
            files.append({"path": each["path"], "uploadMode": mode, "shouldIgnore": False})
        self.reply(200, {"files": files})

    def lfs_batch(self, repo: str) -> None:
        """Tell which objects are missing, and in which parts they are to be sent."""
        if self.repository(repo, write=True) is None:
            return
        objects = []
        for each in json.loads(self.body)["objects"]:
            oid, size, part_size = each["oid"], each["size"], self.hub.part_size
            upload: dict[str, Any] = {"href": f"{self.hub.storage_url}/lfs/{oid}"}
            if part_size:
                parts = {
                    str(i + 1): f"{self.hub.storage_url}/lfs/{oid}/{i + 1}" for i in range(math.ceil(size / part_size))
                }
                upload["header"] = {"chunk_size": str(part_size), **parts}
            actions = {} if oid in self.hub.objects else {"actions": {"upload": upload}}
            objects.append({"oid": oid, "size": size, **actions})
        self.reply(200, {"transfer": "multipart" if self.hub.part_size else "basic", "objects": objects})

    def lfs_put(self, oid: str) -> None:
        """Store an object."""
        self.store(oid, self.body)

    def lfs_part(self, oid: str, part: str) -> None:
        """Take one part of an object."""
        self.hub.parts[oid, int(part)] = self.body
        self.reply(200, {}, {"ETag": f'"{part}"'})

    def lfs_join(self, oid: str) -> None:
        """Store an object whose parts are there."""
        numbers = [each["partNumber"] for each in json.loads(self.body)["parts"]]
        self.store(oid, b"".join(self.hub.parts[oid, number] for number in numbers))

    def store(self, oid: str, content: bytes) -> None:
        """Store an object if it is what its name says."""
        if hashlib.sha256(content).hexdigest() != oid:
            self.reply(400, {"error": "hash"})
            return
        self.hub.objects[oid] = content
        self.reply(200, {})

    def add_commit(self, repo: str, revision: str) -> None:
        """Commit what was sent."""
        known = self.repository(repo, write=True)
        if known is None:
            return
        lines = [json.loads(line) for line in self.body.splitlines()]
        header = lines[0]["value"]
        if revision not in known.branches:
            self.reply(404, {"error": "no branch"}, {"X-Error-Code": "RevisionNotFound"})
            return
        if header.get("parentCommit") not in (None, known.branches[revision]):
            self.reply(412, {"error": "A commit has happened since. Please refresh and try again."})
            return
        files = dict(known.commit(known.branches[revision]).files)
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.hub.objects[value["oid"]]
            elif line["key"] == "deletedFile":
                files.pop(value["path"], None)
        commit = known.add(revision, files, header["summary"])
        self.reply(200, {"commitUrl": f"{self.hub.url}/{repo}/commit/{commit.oid}", "commitOid": commit.oid})

    def add_branch(self, repo: str, branch: str) -> None:
        """Make a branch."""
        known = self.repository(repo, write=True)
        if known is not None:
            status = 409 if branch in known.branches else 200
            known.branches.setdefault(branch, known.branches["main"])
            self.reply(status, {"error": "Reference already exists"} if status == 409 else {})

    def add_tag(self, repo: str, revision: str) -> None:
        """Tag a commit."""
        known = self.repository(repo, write=True)
        if known is None:
            return
        tag, commit = json.loads(self.body)["tag"], known.find(revision)
        if commit is None:
            self.reply(404, {"error": "no revision"}, {"X-Error-Code": "RevisionNotFound"})
        elif tag in known.tags:
            self.reply(409, {"error": "Tag reference exists already"})
        else:
            known.tags[tag] = commit.oid
            self.reply(200, {})

    # Reading

    def refs(self, repo: str) -> None:
        """List branches and tags."""
        known = self.repository(repo)
        if known is not None:

            def listed(names: dict[str, str], kind: str) -> list[dict[str, str]]:
                return [
                    {"name": name, "ref": f"refs/{kind}/{name}", "targetCommit": oid} for name, oid in names.items()
                ]

            self.reply(
                200,
                {"branches": listed(known.branches, "heads"), "tags": listed(known.tags, "tags"), "converts": []},
            )

    def find(self, repo: str, revision: str) -> Commit | None:
        """Give a commit that the caller may see, or answer why not."""
        known = self.repository(repo)
        if known is None:
            return None
        commit = known.find(revision)
        if commit is None:
            self.reply(404, {"error": "no revision"}, {"X-Error-Code": "RevisionNotFound"})
        elif self.fault and self.fault.stale:
            return known.history[known.history.index(commit) - 1]
        return commit

    def info(self, repo: str, revision: str = "main") -> None:
        """Tell what a revision holds."""
        commit = self.find(repo, revision)
        if commit is not None:
            siblings = [
                {"rfilename": name, "blobId": about.pop("oid"), **about}
                for name, about in described(commit, self.hub.large)
            ]
            self.reply(200, {"id": repo, "sha": commit.oid, "private": False, "tags": [], "siblings": siblings})

    def tree(self, repo: str, revision: str) -> None:
        """List the files of a revision."""
        commit = self.find(repo, revision)
        if commit is not None:
            self.reply(
                200, [{"type": "file", "path": name, **about} for name, about in described(commit, self.hub.large)]
            )

    def resolve(self, repo: str, revision: str, name: str) -> None:
        """Give a file: a small one itself, of a large one the address in the storage."""
        commit = self.find(repo, revision)
        if commit is None:
            return
        if name not in commit.files:
            self.reply(404, {"error": "no file"}, {"X-Error-Code": "EntryNotFound"})
            return
        content, headers = commit.files[name], {"X-Repo-Commit": commit.oid, "Accept-Ranges": "bytes"}
        if not name.endswith(self.hub.large):
            self.reply_file(content, {**headers, "ETag": f'"{blob_id(content)}"'})
            return
        oid = hashlib.sha256(content).hexdigest()
        self.hub.objects[oid] = content
        linked = {"X-Linked-Size": str(len(content)), "X-Linked-ETag": f'"{oid}"'}
        xet = {}
        if self.hub.xet:
            route = f"{self.hub.url}/api/models/{repo}/xet-read-token/{commit.oid}"
            xet = {"X-Xet-Hash": self.hub.xet_hash(oid), "X-Xet-Refresh-Route": route}
        location = {"Location": f"{self.hub.storage_url}/storage/{oid}?Signature=x"}
        self.reply(302, {}, {**headers, **linked, **xet, **location})

    def storage(self, oid: str) -> None:
        """Give a large file."""
        if "Authorization" in self.headers:
            self.hub.leaked.append(oid)
        self.reply_file(self.hub.objects[oid], {"Accept-Ranges": "bytes"})

    def xet_token(self, repo: str) -> None:
        """Say where the client's storage of chunks works: the client has one for a folder built in, for tests."""
        if self.repository(repo) is None:
            return
        url, expires = f"local://{self.hub.xet}", int(time.time()) + 3600
        headers = {"X-Xet-Cas-Url": url, "X-Xet-Access-Token": "x", "X-Xet-Token-Expiration": str(expires)}
        self.reply(200, {"casUrl": url, "exp": expires, "accessToken": "x"}, headers)

    def reply_file(self, content: bytes, headers: dict[str, str]) -> None:
        """Answer with bytes, all or from some place on, damaged if the fault says so."""
        fault = self.fault or Fault("", "")
        if fault.flip:
            content = content[:-1] + bytes([content[-1] ^ 1])
        content = content[: len(content) - fault.short]
        start = int((re.match(r"bytes=(\d+)-", self.headers.get("Range", "")) or [0, "0"])[1])
        self.send_response(206 if start else 200)
        length = len(content) - start
        span = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {}
        for name, value in {**headers, **span, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[start : start + length // 2] if fault.halve else content[start:])
        if fault.halve:
            self.close_connection = True

    def reply(self, status: int, values: Any, headers: dict[str, str] | None = None, body: bytes | None = None) -> None:
        """Answer with JSON, or something else."""
        body = json.dumps(values).encode() if body is None else body
        if self.muted:
            return
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


ROUTES = (
    (r"GET /api/whoami-v2", "whoami"),
    (r"POST /api/repos/create", "create"),
    (r"DELETE /api/repos/delete", "delete"),
    (r"POST /api/validate-yaml", "validate"),
    (r"POST /api/(?:models|spaces)/(?P<repo>[^/]+/[^/]+)/preupload/(?P<revision>.+)", "preupload"),
    (r"POST /api/(?:models|spaces)/(?P<repo>[^/]+/[^/]+)/commit/(?P<revision>.+)", "add_commit"),
    (r"POST /api/(?:models|spaces)/(?P<repo>[^/]+/[^/]+)/branch/(?P<branch>.+)", "add_branch"),
    (r"POST /api/(?:models|spaces)/(?P<repo>[^/]+/[^/]+)/tag/(?P<revision>.+)", "add_tag"),
    (r"POST /(?:spaces/)?(?P<repo>[^/]+/[^/]+)\.git/info/lfs/objects/batch", "lfs_batch"),
    (r"PUT /lfs/(?P<oid>[0-9a-f]{64})", "lfs_put"),
    (r"PUT /lfs/(?P<oid>[0-9a-f]{64})/(?P<part>\d+)", "lfs_part"),
    (r"POST /lfs/(?P<oid>[0-9a-f]{64})", "lfs_join"),
    (r"GET /storage/(?P<oid>[0-9a-f]{64})", "storage"),
    (r"HEAD /storage/(?P<oid>[0-9a-f]{64})", "storage"),
    (r"GET /api/(?:models|spaces)/(?P<repo>[^/]+/[^/]+)/xet-(read|write)-token/.+", "xet_token"),
    (r"GET /api/(?:models|spaces)/(?P<repo>[^/]+/[^/]+)/tree/(?P<revision>[^/]+)", "tree"),
    (r"(GET|HEAD) /(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<name>.+)", "resolve"),
    (r"GET /api/(?:models|spaces)/(?P<repo>[^/]+/[^/]+)/refs", "refs"),
    (r"GET /api/(?:models|spaces)/(?P<repo>[^/]+/[^/]+)/revision/(?P<revision>.+)", "info"),
    (r"GET /api/(?:models|spaces)/(?P<repo>[^/]+/[^/]+)", "info"),
)


def described(commit: Commit, large: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Describe a commit's files as the Hub does."""
    for name, content in commit.files.items():
        size = commit.declared.get(name, len(content))
        about: dict[str, Any] = {"size": size, "oid": blob_id(content)}
        if name.endswith(large):
            about["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": size, "pointerSize": 134}
            about["lfs"]["oid"] = about["lfs"]["sha256"]
        yield name, about


def _swapped(content: bytes) -> bytes:
    """Reverse each eight bytes."""
    return b"".join(content[start : start + 8][::-1] for start in range(0, len(content), 8))


def blob_id(content: bytes) -> str:
    """Give git's name of a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serve_models() -> Iterator[Hub]:
    """Serve an empty Hub."""
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    servers = [_Server(("127.0.0.1", 0), handler) for _ in range(2)]
    hub.url, hub.storage_url = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    for server in servers:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield hub
    for server in servers:
        server.shutdown()
        server.server_close()
