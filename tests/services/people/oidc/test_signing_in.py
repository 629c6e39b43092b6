"""Signing in through a real OpenID provider: whom it signs in, and what is refused."""

from urllib.parse import parse_qs, urlsplit

import httpx

from services.planning.people.sign_in_problems import SignInProblem
from tests.services.people.oidc.conftest import Stage
from tests.support.openid import Browser, Issuer, problem_in


async def test_a_person_signs_in_and_returns_to_the_page_that_asked(browser: Browser):
    assert await browser.sign_in("corp", return_to="/applications/shop?tab=images") == "/applications/shop?tab=images"
    me = await browser.me()
    assert (me["name"], me["kind"], me["by"], me["provider"]) == ("Ada Lovelace", "person", "session", "corp")


async def test_groups_come_from_userinfo_where_the_id_token_lacks_them(browser: Browser, corp: Issuer):
    before = (await corp.set())["userinfo"]
    await browser.sign_in("corp")
    assert (await browser.me())["groups"] == ["shop", "ops"]
    assert (await corp.set())["userinfo"] == before + 1


async def test_userinfo_is_not_asked_for_what_the_id_token_says(browser: Browser, corp: Issuer):
    await corp.set(conform=False)
    try:
        before = (await corp.set())["userinfo"]
        await browser.sign_in("corp")
        assert (await browser.me())["groups"] == ["shop", "ops"]
        assert (await corp.set())["userinfo"] == before
    finally:
        await corp.set(conform=True)


async def test_name_and_groups_are_renewed_at_each_sign_in_and_the_person_stays_the_same(
    browser: Browser, corp: Issuer, admin: httpx.AsyncClient
):
    await browser.sign_in("corp")
    await corp.set(accounts={"ada": {"name": "Ada Byron", "groups": ["ops"]}})
    await browser.sign_in("corp")
    (person,) = (await admin.get("/api/v1/people")).json()["items"]
    assert (person["name"], person["email"], person["groups"], person["subject"]) == ("Ada Byron", None, ["ops"], "ada")


async def test_the_same_email_is_not_the_same_person(browser: Browser, admin: httpx.AsyncClient):
    await browser.sign_in("corp", "ada")
    browser.client.cookies.clear()
    await browser.sign_in("corp", "grace")
    people = (await admin.get("/api/v1/people")).json()["items"]
    assert [(each["subject"], each["email"]) for each in people] == [
        ("grace", "ada@example.com"),
        ("ada", "ada@example.com"),
    ]


async def test_the_same_subject_of_another_issuer_is_not_the_same_person(browser: Browser, admin: httpx.AsyncClient):
    await browser.sign_in("corp")
    await browser.sign_in("other")
    people = (await admin.get("/api/v1/people")).json()["items"]
    assert [(each["provider"], each["subject"], each["groups"]) for each in people] == [
        ("other", "ada", []),
        ("corp", "ada", ["shop", "ops"]),
    ]


async def test_a_person_without_a_role_is_known_and_sees_nothing(browser: Browser):
    await browser.sign_in("corp", "ada")
    me = await browser.me()
    assert (me["bound"], me["role"]) == (False, None)
    answer = await browser.client.get(f"{browser.home}/api/v1/people")
    assert answer.status_code == 403


WRONG = {
    "nonce": SignInProblem.NONCE_DIFFERS,
    "audience": SignInProblem.AUDIENCE_DIFFERS,
    "party": SignInProblem.AUDIENCE_DIFFERS,
    "unsigned": SignInProblem.TOKEN_UNSIGNED,
    "forged": SignInProblem.SIGNATURE_WRONG,
    "issuer": SignInProblem.TOKEN_ISSUER_DIFFERS,
    "subject": SignInProblem.SUBJECT_MISSING,
    "expired": SignInProblem.TOKEN_EXPIRED,
    "userinfo": SignInProblem.USERINFO_OF_ANOTHER,
}


async def test_a_wrong_token_signs_nobody_in_and_the_audit_says_why(browser: Browser, corp: Issuer, raw):
    told = {}
    for wrong in WRONG:
        await corp.set(tamper=wrong)
        told[wrong] = problem_in(await browser.sign_in("corp"))
    assert told == WRONG
    assert await browser.me() is None
    assert await raw("SELECT count(*) FROM people") == [(0,)]
    assert await raw("SELECT action, outcome, reason FROM audit ORDER BY seq") == [
        ("sign-in.refused", "refused", problem.value)
        for problem in dict.fromkeys(WRONG.values())  # one a minute for the same address and reason
    ]


async def test_the_page_explains_a_problem_in_a_sentence_that_names_the_settings(browser: Browser, corp: Issuer):
    await corp.set(tamper="audience")
    query = parse_qs(urlsplit(await browser.sign_in("corp")).query)
    path = f"/api/v1/session/oidc/{query['provider'][0]}/problems/{query['problem'][0]}"
    told = (await browser.client.get(browser.home + path)).json()
    assert told["detail"] == (
        "The ID token of Corp is meant for another client. Compare STAGECOACH_OIDC__CORP__CLIENT_ID with the client at "
        "the provider."
    )


async def test_new_keys_are_read_when_a_token_needs_them_and_at_most_once_a_minute(
    browser: Browser, corp: Issuer, stage: Stage
):
    await browser.sign_in("corp")
    stage.ahead += 60
    before = (await corp.set(rotate=True))["keys"]
    assert await browser.sign_in("corp") == "/"
    await corp.set(rotate=True)
    assert problem_in(await browser.sign_in("corp")) == SignInProblem.KEY_UNKNOWN
    assert (await corp.set())["keys"] == before + 1
    stage.ahead += 60
    assert await browser.sign_in("corp") == "/"


async def test_who_cancels_at_the_provider_is_told_so(browser: Browser):
    assert problem_in(await browser.sign_in("corp", "")) == SignInProblem.DENIED


async def test_a_code_of_another_provider_is_refused_before_it_is_sent_anywhere(
    browser: Browser, issuers: tuple[Issuer, Issuer]
):
    """The mix-up of RFC 9700, section 4.4: the state is of one provider, the code of another."""
    before = [(await each.set())["token"] for each in issuers]
    honest = parse_qs(urlsplit(await browser.answer_to("corp", "ada")).query)
    own = urlsplit(await browser.answer_to("other", "ada"))
    state = parse_qs(own.query)["state"][0]
    mixed = httpx.URL(
        f"{own.scheme}://{own.netloc}{own.path}",
        params={"code": honest["code"][0], "iss": honest["iss"][0], "state": state},
    )
    assert problem_in(await browser.finish(str(mixed))) == SignInProblem.MIXED_UP
    assert [(await each.set())["token"] for each in issuers] == before


async def test_an_answer_without_the_issuer_that_the_provider_always_names_is_refused(browser: Browser):
    url = httpx.URL(await browser.answer_to("corp", "ada")).copy_remove_param("iss")
    assert problem_in(await browser.finish(str(url))) == SignInProblem.MIXED_UP


async def test_an_answer_counts_once_and_only_with_its_state_path_and_browser(browser: Browser, home: str):
    url = await browser.answer_to("corp", "ada")
    stranger = Browser(home)
    others = {
        "another browser": await stranger.finish(url),
        "another provider's path": await browser.finish(url.replace("/corp/", "/other/")),
        "another state": await browser.finish(str(httpx.URL(url).copy_set_param("state", "x"))),
        "no state": await browser.finish(str(httpx.URL(url).copy_remove_param("state"))),
        "an error without a state": await browser.finish(f"{home}/api/v1/session/oidc/corp/callback?error=x"),
    }
    await stranger.client.aclose()
    assert {what: problem_in(each) for what, each in others.items()} == dict.fromkeys(others, "flow-unknown")
    assert await browser.finish(url) == "/"
    assert problem_in(await browser.finish(url)) == "flow-unknown"


async def test_two_tabs_sign_in_side_by_side(browser: Browser):
    first = await browser.answer_to("corp", "ada", return_to="/clusters")
    second = await browser.answer_to("corp", "ada", return_to="/operations")
    assert [await browser.finish(second), await browser.finish(first)] == ["/operations", "/clusters"]


async def test_cookies_keep_to_this_site_and_the_flow_is_known_when_another_leads_back(browser: Browser):
    begun = await browser.client.get(f"{browser.home}/api/v1/session/oidc/corp")
    flow = begun.headers["Set-Cookie"].lower()
    assert "samesite=lax" in flow
    assert "httponly" in flow
    callback = await browser.answer_to("corp", "ada")
    session = (await browser.client.get(callback)).headers["Set-Cookie"].lower()
    assert "samesite=strict" in session
    assert "httponly" in session


async def test_no_page_of_another_site_is_returned_to(browser: Browser):
    assert await browser.sign_in("corp", return_to="//evil.example") == "/"


async def test_the_sign_in_page_lists_providers_and_says_what_is_wrong_with_them(browser: Browser):
    items = (await browser.client.get(f"{browser.home}/api/v1/session/providers")).json()["items"]
    told = {each["name"]: (each["display_name"], each["problem"]) for each in items}
    assert (told["corp"], told["other"]) == (("Corp", None), ("Other", None))
    assert told["gone"][1].startswith("Stagecoach does not reach Gone now.")
    assert "STAGECOACH_OIDC__REFUSED__ISSUER" in told["refused"][1]
    assert items[0]["url"] == f"{browser.home}/api/v1/session/oidc/corp"


async def test_a_provider_that_cannot_be_used_leads_back_to_the_sign_in_page(browser: Browser):
    problems = {}
    for name in ("gone", "refused", "nowhere"):
        answer = await browser.client.get(f"{browser.home}/api/v1/session/oidc/{name}", params={"return_to": "/x"})
        problems[name] = problem_in(answer.headers["Location"])
        assert "return=%2Fx" in answer.headers["Location"]
    assert problems == {
        "gone": SignInProblem.PROVIDER_UNREACHABLE,
        "refused": SignInProblem.ISSUER_NOT_HTTPS,
        "nowhere": SignInProblem.PROVIDER_UNKNOWN,
    }


async def test_no_table_holds_a_secret_of_a_sign_in(browser: Browser, raw):
    callback = await browser.answer_to("corp", "ada")
    query = parse_qs(urlsplit(callback).query)
    flows = str(await raw("SELECT * FROM oidc_flows"))
    await browser.finish(callback)
    cookies = dict(browser.client.cookies.items())
    held = flows + str([await raw(f"SELECT * FROM {table}") for table in ("sign_ins", "people", "audit")])
    secrets = [query["state"][0], query["code"][0], cookies["stagecoach_session"], cookies["stagecoach_sign_in"]]
    assert [each for each in secrets if each in held] == []


async def test_many_sign_ins_from_one_address_have_to_wait(browser: Browser):
    path = f"{browser.home}/api/v1/session/oidc/nowhere"
    told = [problem_in((await browser.client.get(path)).headers["Location"]) for _ in range(70)]
    assert (told[0], told[-1]) == (SignInProblem.PROVIDER_UNKNOWN, SignInProblem.TOO_MANY_ATTEMPTS)
