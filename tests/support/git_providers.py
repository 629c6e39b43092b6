"""Stand-ins for the interfaces of providers about pull requests, beside a real Git server with the repository.

Each speaks as the documentation of its provider says, with the members that Stagecoach reads and those that tell an
open, a merged and a closed pull request apart:

* GitHub: https://docs.github.com/en/rest/pulls/pulls
* GitLab: https://docs.gitlab.com/api/merge_requests/
* Gitea, Forgejo: https://docs.gitea.com/api/, `repoGetPullRequestByBaseHead` and its neighbours
* Bitbucket Cloud: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/
* Bitbucket Data Center: https://developer.atlassian.com/server/bitbucket/rest/, group `pull-requests`
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from domain.words import GitProvider
from tests.support.git_server import GitServer

NAME = "team/shop"
_ROOTS = {
    GitProvider.GITHUB: "/api/v3/repos/team/shop",
    GitProvider.GITLAB: "/api/v4/projects/team%2Fshop",
    GitProvider.GITEA: "/api/v1/repos/team/shop",
    GitProvider.BITBUCKET: "/2.0/repositories/team/shop",
    GitProvider.BITBUCKET_DATA_CENTER: "/rest/api/1.0/projects/team/repos/shop",
}
_WORDS = {
    GitProvider.GITLAB: {"open": "opened", "merged": "merged", "closed": "closed"},
    GitProvider.BITBUCKET: {"open": "OPEN", "merged": "MERGED", "closed": "DECLINED"},
    GitProvider.BITBUCKET_DATA_CENTER: {"open": "OPEN", "merged": "MERGED", "closed": "DECLINED"},
}


@dataclass
class Pull:
    number: int
    head: str
    base: str
    title: str
    text: str
    state: str = "open"
    conflicts: bool = False

    @property
    def url(self) -> str:
        return f"https://git.example/team/shop/pulls/{self.number}"


@dataclass
class ProviderStandIn:
    """`refuses`: it opens no pull request, as where a rule forbids it."""

    kind: GitProvider
    server: GitServer
    pulls: list[Pull] = field(default_factory=list)
    proofs: set[str] = field(default_factory=set)
    refuses: bool = False

    @property
    def open(self) -> list[Pull]:
        return [each for each in self.pulls if each.state == "open"]

    def merge(self, pull: Pull) -> None:
        """As a person: with a commit that joins both branches."""
        git = self.server.git
        tree = git(NAME, "merge-tree", "--write-tree", pull.base, pull.head).split()[0]
        both = ["-p", pull.base, "-p", pull.head]
        commit = git(NAME, "commit-tree", tree, *both, "-m", f"Merge {pull.head}").strip()
        git(NAME, "update-ref", f"refs/heads/{pull.base}", commit)
        pull.state = "merged"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """What the provider answers; everything else is Git's."""
        root = _ROOTS[self.kind]
        if not request.raw_path.startswith(root):
            return await self.server.answer(request)
        self.proofs.add(request.headers.get("Authorization", ""))
        path = request.raw_path.removeprefix(root).partition("?")[0]
        body = json.loads(await request.read() or b"{}")
        if request.method == "GET":
            return self._listed(path, request.query)
        if path in {"/pulls", "/merge_requests", "/pullrequests", "/pull-requests"} and request.method == "POST":
            return self._opened(body)
        return self._closed(request.method, path, body)

    def _listed(self, path: str, query: Mapping[str, str]) -> web.Response:
        if self.kind is GitProvider.GITEA:
            _, _, base, head = map(unquote, path.split("/"))
            found = [each for each in self.pulls if (each.base, each.head) == (base, head)]
            return web.json_response(self._shown(found[0])) if found else web.json_response({}, status=404)
        head = {
            GitProvider.GITHUB: lambda: query["head"].removeprefix("team:"),
            GitProvider.GITLAB: lambda: query["source_branch"],
            GitProvider.BITBUCKET: lambda: re.findall(r'source\.branch\.name="([^"]*)"', query["q"])[0],
            GitProvider.BITBUCKET_DATA_CENTER: lambda: query["at"].removeprefix("refs/heads/"),
        }[self.kind]()
        if query.get("state", "all").lower() != "all":
            return web.json_response({"message": "only open ones"}, status=400)
        shown = [self._shown(each) for each in self.pulls if each.head == head]
        values = self.kind in {GitProvider.BITBUCKET, GitProvider.BITBUCKET_DATA_CENTER}
        return web.json_response({"values": shown} if values else shown)

    def _opened(self, body: Any) -> web.Response:
        head, base = {
            GitProvider.GITHUB: lambda: (body["head"], body["base"]),
            GitProvider.GITLAB: lambda: (body["source_branch"], body["target_branch"]),
            GitProvider.GITEA: lambda: (body["head"], body["base"]),
            GitProvider.BITBUCKET: lambda: (
                body["source"]["branch"]["name"],
                body["destination"]["branch"]["name"],
            ),
            GitProvider.BITBUCKET_DATA_CENTER: lambda: (
                body["fromRef"]["id"].removeprefix("refs/heads/"),
                body["toRef"]["id"].removeprefix("refs/heads/"),
            ),
        }[self.kind]()
        if self.refuses or any((each.head, each.base) == (head, base) for each in self.open):
            return web.json_response({"message": "no"}, status=422 if self.kind is GitProvider.GITHUB else 409)
        text = body.get("body") or body.get("description")
        pull = Pull(number=len(self.pulls) + 1, head=head, base=base, title=body["title"], text=text)
        self.pulls.append(pull)
        return web.json_response(self._shown(pull), status=201)

    def _closed(self, method: str, path: str, body: Any) -> web.Response:
        asked = {
            GitProvider.GITHUB: ("PATCH", {"state": "closed"}),
            GitProvider.GITLAB: ("PUT", {"state_event": "close"}),
            GitProvider.GITEA: ("PATCH", {"state": "closed"}),
            GitProvider.BITBUCKET: ("POST", {}),
            GitProvider.BITBUCKET_DATA_CENTER: ("POST", {}),
        }[self.kind]
        declines = path.endswith("/decline")
        if (method, body) != asked or declines != (asked[1] == {}):
            return web.json_response({"message": "unknown"}, status=405)
        number = int(path.removesuffix("/decline").rpartition("/")[2])
        (pull,) = [each for each in self.pulls if each.number == number]
        pull.state = "closed"
        return web.json_response(self._shown(pull))

    def _shown(self, pull: Pull) -> dict[str, Any]:
        word = _WORDS.get(self.kind, {}).get(pull.state)
        merged = pull.state == "merged"
        state = "open" if pull.state == "open" else "closed"
        match self.kind:
            case GitProvider.GITHUB:
                at = "2026-11-23T12:00:00Z" if merged else None
                return {"number": pull.number, "state": state, "merged_at": at, "html_url": pull.url}
            case GitProvider.GITLAB:
                return {
                    "id": 1000 + pull.number,
                    "iid": pull.number,
                    "state": word,
                    "web_url": pull.url,
                    "has_conflicts": pull.conflicts,
                }
            case GitProvider.GITEA:
                return {
                    "number": pull.number,
                    "state": state,
                    "merged": merged,
                    "mergeable": not pull.conflicts,
                    "html_url": pull.url,
                }
            case GitProvider.BITBUCKET:
                return {"id": pull.number, "state": word, "links": {"html": {"href": pull.url}}}
            case GitProvider.BITBUCKET_DATA_CENTER:
                links = {"self": [{"href": pull.url}]}
                return {"id": pull.number, "version": 3, "state": word, "links": links}
