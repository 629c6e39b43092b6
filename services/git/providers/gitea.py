"""Gitea and Forgejo: https://docs.gitea.com/api/, tag `repository`"""

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


class Gitea:
    def root(self, repository: URL) -> URL:
        *prefix, owner, name = map(segment, repository_path(repository))
        return below(repository, "".join(f"/{each}" for each in (*prefix, "api", "v1", "repos", owner, name)))

    def proof(self, secret: str) -> str:
        return f"token {secret}"

    def finding(self, head: str, base: str) -> Call:
        # Its list knows no filter by branch. What is found so is one of any state, which suffices: no branch of ours
        # has two.
        return Call(method="GET", path=f"/pulls/{segment(base)}/{segment(head)}", may_lack=True)

    def found(self, answer: Any) -> list[PullRequest]:
        return [] if answer is None else [self.opened(answer)]

    def opening(self, new: NewPullRequest) -> Call:
        body = {"title": new.title, "body": new.text, "head": new.head, "base": new.base}
        return Call(method="POST", path="/pulls", body=body)

    def opened(self, answer: Any) -> PullRequest:
        closed = PullState.MERGED if answer["merged"] else PullState.CLOSED
        state = PullState.OPEN if answer["state"] == "open" else closed
        return PullRequest(
            number=answer["number"],
            state=state,
            url=answer["html_url"],
            conflicts=answer.get("mergeable") is False and state is PullState.OPEN,
        )

    def closing(self, pull: PullRequest) -> Call:
        return Call(method="PATCH", path=f"/pulls/{pull.number}", body={"state": "closed"})
