"""GitHub and GitHub Enterprise Server: https://docs.github.com/en/rest/pulls/pulls"""

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


class GitHub:
    def __init__(self, repository: URL) -> None:
        self._owner = repository_path(repository)[0]

    def root(self, repository: URL) -> URL:
        path = "/".join(map(segment, repository_path(repository)))
        if repository.host == "github.com":
            return URL(f"https://api.github.com/repos/{path}", encoded=True)
        return below(repository, f"/api/v3/repos/{path}")

    def proof(self, secret: str) -> str:
        return f"Bearer {secret}"

    def finding(self, head: str, base: str) -> Call:
        return Call(method="GET", path="/pulls", query={"head": f"{self._owner}:{head}", "base": base, "state": "all"})

    def found(self, answer: Any) -> list[PullRequest]:
        return [self.opened(each) for each in answer]

    def opening(self, new: NewPullRequest) -> Call:
        body = {"title": new.title, "body": new.text, "head": new.head, "base": new.base}
        return Call(method="POST", path="/pulls", body=body)

    def opened(self, answer: Any) -> PullRequest:
        merged = answer["merged_at"] is not None
        closed = PullState.MERGED if merged else PullState.CLOSED
        return PullRequest(
            number=answer["number"],
            state=PullState.OPEN if answer["state"] == "open" else closed,
            url=answer["html_url"],
            conflicts=answer.get("mergeable") is False,
        )

    def closing(self, pull: PullRequest) -> Call:
        return Call(method="PATCH", path=f"/pulls/{pull.number}", body={"state": "closed"})
