"""Bitbucket, which is two products: Cloud (https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/)
and Data Center (https://developer.atlassian.com/server/bitbucket/rest/, group `pull-requests`).
"""

from typing import Any

from yarl import URL

from services.git.providers.calls import (
    Call,
    NewPullRequest,
    PullRequest,
    PullState,
    below,
    repository_path,
    segment,
)

_STATES = {
    "OPEN": PullState.OPEN,
    "MERGED": PullState.MERGED,
    "DECLINED": PullState.CLOSED,
    "SUPERSEDED": PullState.CLOSED,
}
_BRANCHES = "refs/heads/"


class BitbucketCloud:
    def root(self, repository: URL) -> URL:
        path = "/".join(map(segment, repository_path(repository)))
        if repository.host == "bitbucket.org":
            return URL(f"https://api.bitbucket.org/2.0/repositories/{path}", encoded=True)
        return below(repository, f"/2.0/repositories/{path}")

    def proof(self, secret: str) -> str:
        return f"Bearer {secret}"

    def finding(self, head: str, base: str) -> Call:
        states = " OR ".join(f'state="{state}"' for state in _STATES)
        wanted = f'source.branch.name="{head}" AND destination.branch.name="{base}" AND ({states})'
        return Call(method="GET", path="/pullrequests", query={"q": wanted})

    def found(self, answer: Any) -> list[PullRequest]:
        return [self.opened(each) for each in answer["values"]]

    def opening(self, new: NewPullRequest) -> Call:
        body = {
            "title": new.title,
            "description": new.text,
            "source": {"branch": {"name": new.head}},
            "destination": {"branch": {"name": new.base}},
            "close_source_branch": True,
        }
        return Call(method="POST", path="/pullrequests", body=body)

    def opened(self, answer: Any) -> PullRequest:
        return PullRequest(number=answer["id"], state=_STATES[answer["state"]], url=answer["links"]["html"]["href"])

    def closing(self, pull: PullRequest) -> Call:
        return Call(method="POST", path=f"/pullrequests/{pull.number}/decline", body={})


class BitbucketDataCenter:
    def root(self, repository: URL) -> URL:
        # Cloned from [prefix]/scm/PROJECT/repository.git
        *prefix, project, name = map(segment, repository_path(repository))
        above = prefix[:-1] if prefix[-1:] == ["scm"] else prefix
        parts = (*above, "rest", "api", "1.0", "projects", project, "repos", name)
        return below(repository, "".join(f"/{each}" for each in parts))

    def proof(self, secret: str) -> str:
        return f"Bearer {secret}"

    def finding(self, head: str, base: str) -> Call:
        del base  # a branch of ours goes into one branch alone
        query = {"at": _BRANCHES + head, "direction": "OUTGOING", "state": "ALL"}
        return Call(method="GET", path="/pull-requests", query=query)

    def found(self, answer: Any) -> list[PullRequest]:
        return [self.opened(each) for each in answer["values"]]

    def opening(self, new: NewPullRequest) -> Call:
        body = {
            "title": new.title,
            "description": new.text,
            "fromRef": {"id": _BRANCHES + new.head},
            "toRef": {"id": _BRANCHES + new.base},
        }
        return Call(method="POST", path="/pull-requests", body=body)

    def opened(self, answer: Any) -> PullRequest:
        return PullRequest(
            number=answer["id"],
            state=_STATES[answer["state"]],
            url=answer["links"]["self"][0]["href"],
            version=answer["version"],
        )

    def closing(self, pull: PullRequest) -> Call:
        path, query = f"/pull-requests/{pull.number}/decline", {"version": str(pull.version)}
        return Call(method="POST", path=path, query=query, body={})
