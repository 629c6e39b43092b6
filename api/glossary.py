"""The words of Stagecoach, each with one meaning: the source of docs/glossary.md and of a part of the contract.

`python -m api.glossary` prints the page. Words that Kubernetes, Argo CD or Kargo define keep their meaning and are not
repeated here.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

_HEAD = """\
# Glossary

<!-- Written by `make glossary` from api/glossary.py; change it there. -->

Each word has one meaning, in the code, the API, the console and the database alike. A word that is not here means what
Kubernetes, Argo CD or Kargo mean by it: [Kubernetes](https://kubernetes.io/docs/reference/glossary/),
[Argo CD](https://argo-cd.readthedocs.io/en/stable/understand_the_basics/), [Kargo](https://docs.kargo.io/user-guide/core-concepts/).
"""


@dataclass(frozen=True, kw_only=True)
class Section:
    """Words of one subject; `public` ones are in the contract too, the others name parts of the code."""

    title: str
    words: dict[str, str]
    public: bool = True


_SECTIONS = (
    Section(
        title="What Stagecoach keeps",
        words={
            "cluster": "A registered Kubernetes API server: its name, labels, encrypted credential and last probe.",
            "environment": "A stage of delivery (Development, Staging, Production): its rank, and one or more "
            "clusters, of which the first is the *primary*.",
            "application": "A named set of workloads and the resources around them.",
            "app environment": "An application in an environment: its namespace, deploy mode, image policies and "
            "resources. It is *configured* once it was configured, imported or adopted.",
            "resource": "An object on a cluster that belongs to an app environment, by group, version, kind and name.",
            "deploy mode": "`manual`: people promote and deploy. `auto`: a pushed image that an image policy accepts "
            "is deployed automatically, and promotions into the app environment are refused. `follow`: what another "
            "environment has proven is promoted automatically; for the rest it is as on `manual`.",
            "pin": "Whether a promotion writes an image's digest along with its tag.",
            "image mapping": "The name under which an environment pulls what other environments call otherwise; a "
            "promotion or an import into it writes that name, with the same tag and digest.",
            "declared kind": "A custom kind of which an administrator has declared where its objects name images and "
            "when they are well; its objects are workloads then.",
            "release": "The images, with digests, that an operation brought to an app environment. The newest ones "
            "hold its ConfigMaps and Secrets as well, as they were.",
        },
    ),
    Section(
        title="What a person or program requests",
        words={
            "adopt": "Record what already runs in a namespace as the app environment's resources. Changes no cluster.",
            "configure": "Create an app environment's resources from a short form or from manifests.",
            "import": "Create an app environment's resources from chosen ones of another. Volume data is not copied.",
            "follow": "Promote automatically what has been healthy in another environment for long enough, as the same "
            "set of digests, each set once.",
            "promote": "Write the source environment's images to the target, container by container, and nothing else.",
            "deploy": "Write named images to containers of one environment.",
            "restart": "Replace the pods of workloads, as `kubectl rollout restart`, and change nothing else.",
            "catch up": "A cluster that did not answer during an operation gets it when it answers again, by a retry "
            "on it alone.",
            "level": "Said of a cluster that has, of every application of its environment, the resources that the "
            "others have and the images of the last release. To bring it level is an import for each application.",
            "rollback": "The operation by which a person returns an app environment to a release, or to the images "
            "that one operation replaced.",
            "source, target": "The app environment that a change takes from, and the one that it changes.",
            "override": "What an import writes differently from the source: values, replicas, hosts, classes.",
            "consent": "A word in `allow` by which the caller accepts a problem that would block the plan.",
        },
    ),
    Section(
        title="Plans and operations",
        words={
            "plan": "What an operation would do on each cluster, computed from what was read. The preview is the plan.",
            "digest of a plan": "The hash that names a plan. With `plan_digest`, that plan is executed or refused.",
            "problem": "One finding about a plan: it *blocks* execution, *warns* or *tells*.",
            "remedy": "What one request does about a problem of a plan: the plan is asked for again with more in its "
            "request.",
            "leave out": "Have a promotion keep a workload or container as it is, although it matches.",
            "image delivery": "How new images reach a workload that something else owns: `helm`, `argocd`, `flux`, "
            "`git`, `direct`, `as-owner` or `refuse`.",
            "hand over": "Have a workload's owner bring the image: Stagecoach changes a value, field or file there, "
            "and not the workload.",
            "bring": "Add keys to ConfigMaps and Secrets of the target before its images, in the same operation.",
            "pre-flight": "The part of a plan that says what would go wrong on a target cluster, as problems, before "
            "anything changes.",
            "skew": "Clusters of one environment run different images.",
            "drift": "What runs differs from the app environment's last release: by the image in a template, or by the "
            "content that pods run under its name; or keys and fields are not as Stagecoach wrote them.",
            "divergence": "A container or an object with drift or skew that lasted for 30 seconds without an operation "
            "under way.",
            "written field": "A field, or a key of a ConfigMap or Secret, that an operation of Stagecoach wrote. The "
            "release has a keyed fingerprint of its value.",
            "timeline": "What happened in an app environment, or in the course of an operation, in the order of time. "
            "Each *entry* of an app environment's is a thing that began and ended. What is recorded of clusters are "
            "*events*.",
            "converge": "Roll back to the last release, so that what drifted runs it again.",
            "accept": "Make what runs the next release. Like adopting, it changes no cluster.",
            "operation": "One durable execution of a plan. An app environment takes one operation at a time.",
            "strategy": "How operations go over an environment's clusters: rings, soak, checks, hooks, and what "
            "failure means.",
            "ring": "Clusters that a strategy has changed at the same time: by names, labels, a number or percentage, "
            "or all that remain. What has to hold before the next ring begins belongs to it.",
            "soak": "The time after a ring's rollouts in which the health of all clusters changed so far is watched.",
            "failure policy": "What a failure on some clusters means for the others: `all-or-nothing`, `quorum`, "
            "`stop` or `best-effort`.",
            "wave": "The position of a ring in an operation, from 0: its clusters are changed at the same time.",
            "hook": "A Job from a template that runs before a change, as a migration does, or after it. It gets the "
            "new image, runs once for an environment or on each cluster, and stops the operation where it fails.",
            "check": "What has to hold after a ring before the next one begins: a Job that completes, an HTTP answer, "
            "or the value of a Prometheus query.",
            "phase": "How far an operation has come on one cluster: waiting, applying, watching, undoing, ended.",
            "applying": "Writing a cluster's resources or images.",
            "outcome": "How an operation ended on one cluster: succeeded, unchanged, failed, rolled back (undo "
            "restored its previous images), skipped or unreachable.",
            "undo": "The automatic return of a failed or cancelled cluster to its previous images.",
            "topic": "What kind of thing an event of the stream of changes tells of, as in `operation` or `hold`.",
            "promotion set": "Several applications that are promoted as one operation, with a *lane* for each "
            "application on each cluster: one plan, one order, one strategy, all locks or none. What was promoted "
            "together goes back together. Each application of it is a *member*.",
            "group": "A name for applications that are promoted together, in their order.",
            "retry": "A new attempt of an operation on the clusters where it did not succeed.",
            "health": "The assessed state of a workload: pending, progressing, waiting, ready, failed, suspended, "
            "terminating, missing or unknown.",
            "desired": "What a specification asks for, as in *desired replicas*.",
        },
    ),
    Section(
        title="Comparisons",
        words={
            "comparison": "What differs between two environments of an application, two clusters of one, or an "
            "environment and one of its releases. What is the same is counted.",
            "difference": "One field, key or image that the two sides of a comparison do not have alike.",
            "expected difference": "A field that a person marked as meant to differ between two environments: "
            "comparisons of them count it apart.",
            "missing key": "A key of a ConfigMap or Secret that one side lacks on all of its clusters, or the object "
            "as a whole. An app environment is marked where it lacks what the environment has from which it is "
            "promoted.",
            "side": "Left or right: what a comparison compares. It has no direction.",
        },
    ),
    Section(
        title="Images from registries",
        words={
            "receiver": "An address at which an image registry reports pushed tags.",
            "delivery": "One request that a registry sent to a receiver.",
            "image push": "A tag that a delivery reported or a poll found.",
            "poll": "A regular listing of a repository's tags, for registries that send no deliveries.",
            "image policy": "Rules of an app environment: which pushed tags it takes, and which of them is the newest.",
            "verdict": "What becomes of one image push in one app environment. *Judging* decides it.",
            "prior verdict": "An image push that was judged earlier, and its verdict, as input for the next one.",
            "offered image": "An image push that an app environment on `manual` accepts and a person can deploy.",
        },
    ),
    Section(
        title="Files in Git",
        words={
            "Git repository": "A repository with files from which an owner brings images, by the name that it has in "
            "Stagecoach. Not to be confused with a repository of images in a registry.",
            "image edit": "The change of one image in a file: lines of that image alone.",
            "head": "The newest commit of a branch.",
        },
    ),
    Section(
        title="Gates",
        words={
            "gate": "What keeps a change from being written for a while: a freeze, a hold, a stop, or approvals "
            "that lack.",
            "freeze": "A window of time, once or recurring, in which nothing (`deny`) is deployed, or only in which "
            "something is (`allow`).",
            "hold": "Automation leaves an environment, or an application in it, alone.",
            "stop": "Stagecoach writes to no cluster, to none of one environment, or not to one cluster.",
            "approval policy": "What changes take in an environment: so many people who approve, one of each group "
            "among them.",
            "proposal": "A change that waits for people's approval. It is not an operation, and blocks no other "
            "change.",
            "vote": "One person's approval or rejection of a proposal.",
            "break-glass": "To start a change without the approvals that it takes, by a right of its own.",
            "paused": "Of an operation: a gate has closed in its course. It waits for a person, who continues, undoes "
            "or cancels it.",
        },
    ),
    Section(
        title="Notifications",
        words={
            "channel": "Where notifications go: a Slack channel, a Teams workflow, e-mail recipients or a signed "
            "webhook.",
            "notification": "What people or programs are told of one event, in one channel.",
            "notification route": "Which notifications go to a channel: by type, application and environment.",
            "outbox": "The notifications that are to be sent, and those that could not be: the dead ones.",
        },
    ),
    Section(
        title="Access",
        words={
            "token": "The secret by which a person or a program authenticates. It acts for a person, a service account "
            "or a trust, within a role and a scope, or as itself with its role everywhere.",
            "personal token": "A token of a person: never more than what its owner may do, and ends with its owner.",
            "service account": "A program that acts by tokens of its own. Its owner answers for it.",
            "trust": "Which CI jobs may exchange the token that their provider signs for one of fifteen minutes.",
            "role": "`viewer` reads, `promoter` also changes images, `approver` reads and votes, `maintainer` is a "
            "promoter who also changes resources and settings, `admin` does everything.",
            "person": "Whom an OpenID provider has signed in. Its issuer and subject identify it, never its e-mail.",
            "provider (OpenID)": "Where people sign in: `STAGECOACH_OIDC__<NAME>__…`.",
            "session": "A browser's sign-in. It ends with the token or the person that it belongs to.",
        },
    ),
    Section(
        title="Parts of the code",
        public=False,
        words={
            "wing": "A folder of `services`. Imports between wings go down only.",
            "facts": "What was read, as the input of a planner.",
            "planner": "A pure function from facts to a plan.",
            "spec": "What an execution is asked to do. *Order* only ever means a sequence.",
            "snapshot": "An operation, its app environments and its clusters, as one step reads them at its start.",
            "warm start": "What the process that queued an operation hands to the engine, so that it reads nothing.",
            "cluster task": "What a worker needs to carry out an operation on one cluster.",
            "worker": "Carries out one kind of operation on one cluster: apply, watch, undo.",
            "conclusion": "How a whole operation ended, derived from the outcomes of its clusters.",
            "provisioning": "Adopt, configure and import: what makes an app environment configured.",
            "scaffold": "The manifests that the short form of *configure* expands to.",
            "structure check": "Finds members of a submitted manifest that have the wrong JSON type.",
            "controller-owned": "Of an object: another object is its owner and recreates it, so it is not copied.",
            "probe": "One trial of a cluster: reachable, trusted, authenticated, allowed.",
            "cluster prober": "Probes all clusters at an interval.",
            "informer, cache": "Lists and watches kinds of one cluster in a namespace; the cache holds what it saw.",
            "notifier": "Passes PostgreSQL's NOTIFY on to readers that wait for new rows.",
            "work queue, back-off": "Keys that wait for a worker, and the growing delay after a failure.",
            "autocommit read": "A single query outside of a transaction.",
            "installation keys": "Random keys of this installation, sealed in the database; one makes fingerprints.",
            "fingerprint": "A keyed hash by which two Secret values are compared without being shown.",
            "gateway": "The connection to one cluster, the only way to its API server.",
            "deadline": "The time by which a call has to return, passed on to every request.",
            "gather_settled, gather_or_cancel": "Run calls at once: until all ended, or until the first one fails.",
        },
    ),
)


def words() -> tuple[str, ...]:
    """All words of the glossary; those that belong together stand in one, separated by commas."""
    return tuple(word for section in _SECTIONS for word in section.words)


def page() -> str:
    """docs/glossary.md as a whole."""
    return _HEAD + "".join(f"\n## {section.title}\n\n{_table(section)}" for section in _SECTIONS)


def contract_words() -> str:
    """The public words as Markdown, for the description of the contract."""
    words = (
        f"* **{word}**: {meaning}\n" for section in _SECTIONS if section.public for word, meaning in _sorted(section)
    )
    return "## Words\n\n" + "".join(words)


def _table(section: Section) -> str:
    rows = (f"| **{word}** | {meaning} |\n" for word, meaning in _sorted(section))
    return "| word | meaning |\n| --- | --- |\n" + "".join(rows)


def _sorted(section: Section) -> Iterator[tuple[str, str]]:
    yield from sorted(section.words.items(), key=lambda entry: entry[0].lower())


if __name__ == "__main__":
    sys.stdout.write(page())
