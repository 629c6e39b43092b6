"""GitLab: https://docs.gitlab.com/api/merge_requests/"""

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

# `locked` is a merge request that is being merged.
_STATES = {
    "opened": PullState.OPEN,
    "locked": PullState.OPEN,
    "merged": PullState.MERGED,
    "closed": PullState.CLOSED,
}


class GitLab:
    def root(self, repository: URL) -> URL:
        return below(repository, f"/api/v4/projects/{segment('/'.join(repository_path(repository)))}")

    def proof(self, secret: str) -> str:
        return f"Bearer {secret}"

    def finding(self, head: str, base: str) -> Call:
        query = {"source_branch": head, "target_branch": base, "state": "all"}
        return Call(method="GET", path="/merge_requests", query=query)

    def found(self, answer: Any) -> list[PullRequest]:
        return [self.opened(each) for each in answer]

    def opening(self, new: NewPullRequest) -> Call:
        body = {
            "title": new.title,
            "description": new.text,
            "source_branch": new.head,
            "target_branch": new.base,
            "remove_source_branch": True,
        }
        return Call(method="POST", path="/merge_requests", body=body)

    def opened(self, answer: Any) -> PullRequest:
        return PullRequest(
            number=answer["iid"],
            state=_STATES[answer["state"]],
            url=answer["web_url"],
            conflicts=answer.get("has_conflicts") is True,
        )

    def closing(self, pull: PullRequest) -> Call:
        return Call(method="PUT", path=f"/merge_requests/{pull.number}", body={"state_event": "close"})
