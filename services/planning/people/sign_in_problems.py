"""What can be wrong with a sign-in, and the sentence for each that an administrator can act on.

The sign-in page shows the sentences to strangers: they name settings and what to compare, never a value.
"""

from enum import StrEnum


class SignInProblem(StrEnum):
    """Why a person was not signed in. The address of the sign-in page carries the word, the page shows the sentence."""

    PUBLIC_URL_MISSING = "public-url-missing"
    PUBLIC_URL_NOT_HTTPS = "public-url-not-https"
    ISSUER_NOT_HTTPS = "issuer-not-https"
    TENANTS_MISSING = "tenants-missing"
    HOSTED_DOMAIN_MISSING = "hosted-domain-missing"
    PROVIDER_UNKNOWN = "provider-unknown"
    PROVIDER_UNREACHABLE = "provider-unreachable"
    ADDRESS_REFUSED = "address-refused"
    CERTIFICATE_REFUSED = "certificate-refused"
    DISCOVERY_UNREADABLE = "discovery-unreadable"
    ISSUER_DIFFERS = "issuer-differs"
    KEYS_UNREADABLE = "keys-unreadable"
    FLOW_UNKNOWN = "flow-unknown"
    MIXED_UP = "mixed-up"
    DENIED = "denied"
    SCOPE_REFUSED = "scope-refused"
    CLIENT_NOT_ALLOWED = "client-not-allowed"
    PROVIDER_FAILED = "provider-failed"
    CLIENT_REFUSED = "client-refused"
    CODE_REFUSED = "code-refused"
    TOKEN_ANSWER_UNREADABLE = "token-answer-unreadable"  # noqa: S105 - a word
    TOKEN_UNREADABLE = "token-unreadable"  # noqa: S105 - a word
    TOKEN_UNSIGNED = "token-unsigned"  # noqa: S105 - a word
    KEY_UNKNOWN = "key-unknown"
    SIGNATURE_WRONG = "signature-wrong"
    TOKEN_ISSUER_DIFFERS = "token-issuer-differs"  # noqa: S105 - a word
    TENANT_REFUSED = "tenant-refused"
    AUDIENCE_DIFFERS = "audience-differs"
    NONCE_DIFFERS = "nonce-differs"
    TOKEN_EXPIRED = "token-expired"  # noqa: S105 - a word
    CLOCKS_DIFFER = "clocks-differ"
    SUBJECT_MISSING = "subject-missing"
    DOMAIN_REFUSED = "domain-refused"
    USERINFO_UNREADABLE = "userinfo-unreadable"
    USERINFO_OF_ANOTHER = "userinfo-of-another"
    TOO_MANY_GROUPS = "too-many-groups"
    GROUPS_UNREADABLE = "groups-unreadable"
    PERSON_DISABLED = "person-disabled"
    TOO_MANY_ATTEMPTS = "too-many-attempts"


# `{provider}` is the name that people see, `{setting}` what the names of the provider's settings begin with.
_SENTENCES: dict[SignInProblem, str] = {
    SignInProblem.PUBLIC_URL_MISSING: "Stagecoach does not know its own address, to which {provider} has to send "
    "people back. Set STAGECOACH_PUBLIC_URL to the address at which people open Stagecoach.",
    SignInProblem.PUBLIC_URL_NOT_HTTPS: "STAGECOACH_PUBLIC_URL is plain http. Providers send people back to "
    "https only, except to a loopback address. Set it to the https address at which people open Stagecoach.",
    SignInProblem.ISSUER_NOT_HTTPS: "The issuer in {setting}ISSUER is no https address. Plain http is taken for "
    "a loopback address only, with {setting}ALLOW_LOOPBACK=true.",
    SignInProblem.TENANTS_MISSING: "The issuer in {setting}ISSUER signs in people of every Microsoft Entra "
    "tenant. Name those that may sign in, by id, in {setting}TENANTS, or use the issuer of one tenant.",
    SignInProblem.HOSTED_DOMAIN_MISSING: "Google signs in everybody who has a Google account. Name your "
    "organisation's domain in {setting}HOSTED_DOMAIN.",
    SignInProblem.PROVIDER_UNKNOWN: "No provider of this name is set up. Begin again from the sign-in page.",
    SignInProblem.PROVIDER_UNREACHABLE: "Stagecoach does not reach {provider} now. Check that its address in "
    "{setting}ISSUER can be reached from where Stagecoach runs; the log says what failed.",
    SignInProblem.ADDRESS_REFUSED: "Stagecoach does not connect to the address of {provider}. If that is a "
    "private or loopback address that is meant, allow it with {setting}ALLOW_PRIVATE_ADDRESSES or "
    "{setting}ALLOW_LOOPBACK.",
    SignInProblem.CERTIFICATE_REFUSED: "The TLS certificate of {provider} is not trusted where Stagecoach runs. "
    "Add its authority to those that the machine trusts.",
    SignInProblem.DISCOVERY_UNREADABLE: "{provider} does not describe itself as an OpenID provider: its "
    "/.well-known/openid-configuration is missing or not usable. Compare {setting}ISSUER with the provider's "
    "issuer.",
    SignInProblem.ISSUER_DIFFERS: "{provider} calls itself by another issuer than {setting}ISSUER. Write it "
    "exactly as the provider does, up to the slash at its end; the log shows both.",
    SignInProblem.KEYS_UNREADABLE: "The keys by which {provider} signs cannot be read now. Try again in a "
    "minute; the log says what failed.",
    SignInProblem.FLOW_UNKNOWN: "This sign-in is over: it took more than ten minutes, was finished before, or "
    "was begun in another browser. Begin again.",
    SignInProblem.MIXED_UP: "The answer did not come from {provider}, at which the sign-in began, or does not "
    "say so. Begin again; if it happens again, somebody may be tampering with it: tell your administrator.",
    SignInProblem.DENIED: "{provider} refused the sign-in, or you cancelled it. If you should have access, ask "
    "the administrator of {provider} to assign you to Stagecoach.",
    SignInProblem.SCOPE_REFUSED: "{provider} does not grant the scopes that Stagecoach asks for. Compare "
    "{setting}SCOPES with what the provider offers to this client.",
    SignInProblem.CLIENT_NOT_ALLOWED: "{provider} does not let this client sign people in by authorization code. "
    "Allow the code flow for the client in {setting}CLIENT_ID.",
    SignInProblem.PROVIDER_FAILED: "{provider} answered with an error. Try again; the log says which one.",
    SignInProblem.CLIENT_REFUSED: "{provider} does not accept the client's credential. Compare "
    "{setting}CLIENT_ID and {setting}CLIENT_SECRET with the client at the provider: secrets expire.",
    SignInProblem.CODE_REFUSED: "{provider} did not exchange the code of this sign-in. Begin again; if it "
    "happens again, compare the redirect URI at the provider with STAGECOACH_PUBLIC_URL.",
    SignInProblem.TOKEN_ANSWER_UNREADABLE: "{provider} answered the token request without an ID token. Check "
    "that {setting}SCOPES contains openid, and that the client is one for OpenID Connect.",
    SignInProblem.TOKEN_UNREADABLE: "The ID token of {provider} is not a signed JWT that Stagecoach reads. "
    "Switch off its encryption at the provider's client.",
    SignInProblem.TOKEN_UNSIGNED: "The ID token of {provider} is not signed with an asymmetric key. Choose "
    "RS256, PS256, ES256 or EdDSA for ID tokens at the provider's client; none and HS256 are not accepted.",
    SignInProblem.KEY_UNKNOWN: "The ID token of {provider} is signed with a key that the provider does not "
    "publish. If it has just changed its keys, try again in a minute.",
    SignInProblem.SIGNATURE_WRONG: "The signature of {provider}'s ID token is wrong. Nobody was signed in; if it "
    "happens again, somebody may be tampering with it.",
    SignInProblem.TOKEN_ISSUER_DIFFERS: "The ID token of {provider} names another issuer than the provider does. "
    "Compare {setting}ISSUER with the provider's issuer; the log shows both.",
    SignInProblem.TENANT_REFUSED: "Your Microsoft Entra tenant may not sign in here. An administrator names "
    "tenants in {setting}TENANTS.",
    SignInProblem.AUDIENCE_DIFFERS: "The ID token of {provider} is meant for another client. Compare "
    "{setting}CLIENT_ID with the client at the provider.",
    SignInProblem.NONCE_DIFFERS: "The ID token of {provider} belongs to another sign-in. Begin again; if it "
    "happens again, the provider does not return the nonce, or somebody replays tokens.",
    SignInProblem.TOKEN_EXPIRED: "The ID token of {provider} has expired already. Compare the clock of the "
    "machine of Stagecoach with the provider's.",
    SignInProblem.CLOCKS_DIFFER: "The ID token of {provider} was issued in the future, or says not when. Compare "
    "the clock of the machine of Stagecoach with the provider's.",
    SignInProblem.SUBJECT_MISSING: "The ID token of {provider} does not say who signed in: it has no subject.",
    SignInProblem.DOMAIN_REFUSED: "This Google account does not belong to an organisation that may sign in here. "
    "Choose your work account; an administrator names domains in {setting}HOSTED_DOMAIN.",
    SignInProblem.USERINFO_UNREADABLE: "{provider} did not return what it knows about you (its userinfo "
    "endpoint), where your groups are. Try again; if groups are not needed, empty {setting}GROUPS_CLAIM.",
    SignInProblem.USERINFO_OF_ANOTHER: "{provider} returned what it knows about somebody else. Nobody was signed "
    "in; report this to the administrator of {provider}.",
    SignInProblem.TOO_MANY_GROUPS: "You are a member of so many groups that {provider} does not name them. In "
    "Microsoft Entra, choose 'Groups assigned to the application' for the groups claim; if groups are not "
    "needed, empty {setting}GROUPS_CLAIM.",
    SignInProblem.GROUPS_UNREADABLE: "The claim in {setting}GROUPS_CLAIM is not a list of names of groups. Name "
    "the claim that holds the groups, or map them to it at {provider}.",
    SignInProblem.PERSON_DISABLED: "Your access to Stagecoach was disabled by an administrator. Ask one to enable it.",
    SignInProblem.TOO_MANY_ATTEMPTS: "There were too many sign-ins from your address. Wait a minute, then begin again.",
}


def sentence(problem: SignInProblem, *, provider: str, setting: str) -> str:
    """What happened and what to do. `provider` is the name that people see, `setting` the prefix of its settings."""
    return _SENTENCES[problem].format(provider=provider, setting=setting)
