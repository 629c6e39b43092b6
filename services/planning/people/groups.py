"""Which groups a person belongs to, by a claim that the settings name. Pure.

Groups are renewed at each sign-in and at no other time. Providers differ:

- GitLab has `groups` at its userinfo endpoint alone (`groups_direct` is in the ID token).
- Keycloak writes a group's full path with a slash before it where 'Full group path' is on.
- Entra names above 200 groups none at all: `_claim_names` or `hasgroups` stand in their place
  (https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference#groups-overage-claim).
- Auth0 takes URLs only as names of claims; Dex and others send one group as a plain text.
"""

from services.planning.people.open_id import Claims, SignInRefused
from services.planning.people.sign_in_problems import SignInProblem

_MOST = 2000
_LONGEST = 256


def named_groups(claims: Claims, claim: str) -> tuple[str, ...] | None:
    """The groups that the claim names; None where the claims lack it.

    Raises `SignInRefused` where the provider left out the groups because they are too many, or where it is no list.
    """
    if _left_out(claims, claim):
        raise SignInRefused(SignInProblem.TOO_MANY_GROUPS)
    value = claims.get(claim)
    if value is None:
        return None
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or len(listed) > _MOST:
        raise SignInRefused(SignInProblem.GROUPS_UNREADABLE, f"{claim} is a {type(value).__name__}, or too long")
    if not all(isinstance(each, str) and len(each) <= _LONGEST and "\x00" not in each for each in listed):
        raise SignInRefused(SignInProblem.GROUPS_UNREADABLE, f"{claim} holds what is no name")
    return tuple(dict.fromkeys(filter(None, map(group_name, listed))))


def group_name(name: str) -> str:
    """A group as Stagecoach writes it: without the slash that Keycloak sets before a path, and without outer blanks."""
    return name.strip().removeprefix("/")


def _left_out(claims: Claims, claim: str) -> bool:
    elsewhere = claims.get("_claim_names")
    if isinstance(elsewhere, dict) and claim in elsewhere:
        return True
    said: object = claims.get("hasgroups")
    return claim == "groups" and claims.get(claim) is None and (said is True or said == "true")
