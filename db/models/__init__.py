"""All tables, one file a noun. Importing this package makes the metadata complete."""

from db.models.application import AppEnvironment, AppEnvironmentImage, AppEnvironmentResource, Application
from db.models.approval import ApprovalPolicy, Proposal, ProposalMember, ProposalVote
from db.models.audit import Audit, AuditOutput, AuditSeal
from db.models.cluster import Cluster, ClusterArgoCd
from db.models.configuration import ConfigurationRead, ConfigurationReadingRow
from db.models.declared_kind import DeclaredKind
from db.models.divergence import DivergenceRow
from db.models.environment import Environment, EnvironmentCluster, EnvironmentNamespace
from db.models.expected_difference import ExpectedDifference
from db.models.former import FormerAppEnvironment
from db.models.gate import Freeze, Hold, Stop
from db.models.git_repository import GitRepository
from db.models.held_configuration import HeldObjectRow, ReleaseConfiguration
from db.models.hook_run import HookRunRow
from db.models.image_push import ImagePush, ImagePushVerdict
from db.models.installation_key import InstallationKey
from db.models.live import ClusterWatch, LiveProcess, LiveRecord
from db.models.notification import Channel, ChannelMessage, NotificationRoute, OutboxEntry
from db.models.oidc_flow import OidcFlow
from db.models.operation import Operation, OperationCluster, OperationEvent, OperationSecrets
from db.models.person import Binding, Person, ServiceAccount
from db.models.promotion_set import ApplicationGroup, ApplicationGroupMember, PromotionSet
from db.models.receiver import Delivery, Receiver
from db.models.registry import Poll, Registry
from db.models.release import Release
from db.models.sign_in import SignIn
from db.models.timeline import AppEnvironmentEvent, TimelineState
from db.models.token import Token
from db.models.trust import Trust, UsedJti
from db.models.written import FieldDifference, ReleaseObject, WrittenObjectRow

__all__ = [
    "AppEnvironment",
    "AppEnvironmentEvent",
    "AppEnvironmentImage",
    "AppEnvironmentResource",
    "Application",
    "ApplicationGroup",
    "ApplicationGroupMember",
    "ApprovalPolicy",
    "Audit",
    "AuditOutput",
    "AuditSeal",
    "Binding",
    "Channel",
    "ChannelMessage",
    "Cluster",
    "ClusterArgoCd",
    "ClusterWatch",
    "ConfigurationRead",
    "ConfigurationReadingRow",
    "DeclaredKind",
    "Delivery",
    "DivergenceRow",
    "Environment",
    "EnvironmentCluster",
    "EnvironmentNamespace",
    "ExpectedDifference",
    "FieldDifference",
    "FormerAppEnvironment",
    "Freeze",
    "GitRepository",
    "HeldObjectRow",
    "Hold",
    "HookRunRow",
    "ImagePush",
    "ImagePushVerdict",
    "InstallationKey",
    "LiveProcess",
    "LiveRecord",
    "NotificationRoute",
    "OidcFlow",
    "Operation",
    "OperationCluster",
    "OperationEvent",
    "OperationSecrets",
    "OutboxEntry",
    "Person",
    "Poll",
    "PromotionSet",
    "Proposal",
    "ProposalMember",
    "ProposalVote",
    "Receiver",
    "Registry",
    "Release",
    "ReleaseConfiguration",
    "ReleaseObject",
    "ServiceAccount",
    "SignIn",
    "Stop",
    "TimelineState",
    "Token",
    "Trust",
    "UsedJti",
    "WrittenObjectRow",
]
