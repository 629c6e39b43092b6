/**
 * The types of the API contract under the names that the console uses. Only `api/` reads the generated schema: when the
 * contract renames a type, this file is where the console follows.
 */
import type { components, operations, paths } from "./schema";

type Schemas = components["schemas"];

/** The path of a resource, with its parameters in braces. */
export type ApiPath = keyof paths;
/** What a request of that method to that path is answered with, if all goes well. */
export type Answer<Method extends "get" | "post", Path extends ApiPath> =
  NonNullable<paths[Path][Method]> extends { responses: { 200: { content: { "application/json": infer Body } } } }
    ? Body
    : never;

// Shared by several resources
export type Problem = Schemas["Problem"];
export type PlanProblem = Schemas["PlanProblemRead"];
export type Resource = Schemas["ResourceRead"];
export type Image = Schemas["ImageRead"];
export type Health = Schemas["HealthState"];

// Signing in
export type Me = Schemas["Me"];
export type Role = NonNullable<Me["role"]>;
export type Right = Schemas["Right"];
export type HeldRight = Schemas["HeldRightRead"];
export type RightsScope = Schemas["ScopeRead"];
export type SubjectKind = Schemas["SubjectKind"];
export type Binding = Schemas["BindingRead"];
export type BindingCreate = Schemas["BindingCreate"];
export type ExplainedRight = Schemas["ExplainedRightRead"];
export type SignInProvider = Schemas["SignInProviderRead"];
export type SignInProblem = Schemas["SignInProblem"];
export type Session = Schemas["SessionItem"];
export type Person = Schemas["PersonRead"];
export type Token = Schemas["TokenRead"];
export type TokenCreate = Schemas["TokenCreate"];
export type ScopedTokenCreate = Schemas["ScopedTokenCreate"];
export type ServiceAccount = Schemas["ServiceAccountRead"];
export type ServiceAccountCreate = Schemas["ServiceAccountCreate"];
export type Trust = Schemas["TrustRead"];
export type TrustCreate = Schemas["TrustCreate"];
export type TrustKind = Schemas["TrustKind"];
export type TokenTrial = Schemas["TokenTrialRead"];
export type TrustTrial = Schemas["TrustTrialRead"];

// Clusters and environments
export type Cluster = Schemas["ClusterRead"];
export type ClusterCreate = Schemas["ClusterCreate"];
export type ClusterUpdate = Schemas["ClusterUpdate"];
export type ClusterCredential = ClusterCreate["credential"];
export type Reachability = Cluster["reachability"];
export type Environment = Schemas["EnvironmentRead"];
export type EnvironmentCreate = Schemas["EnvironmentCreate"];
export type EnvironmentUpdate = Schemas["EnvironmentUpdate"];
export type Strategy = Schemas["Strategy"];
export type StrategyPreview = Schemas["StrategyPreviewRead"];
export type EnvironmentNamespaces = Schemas["EnvironmentNamespaces"];
export type GivenNamespace = Schemas["GivenNamespaceRead"];
export type GivenNamespaceCreate = Schemas["GivenNamespaceCreate"];

// Applications
export type ApplicationCreate = Schemas["ApplicationCreate"];
export type ApplicationUpdate = Schemas["ApplicationUpdate"];
export type AppEnvironmentUpdate = Schemas["AppEnvironmentUpdate"];
export type AppEnvironment = Schemas["AppEnvironmentRead"];
export type ImageDeliveries = Schemas["ImageDeliveriesRead"];
export type ImageDeliveriesInput = Schemas["ImageDeliveriesInput"];
export type ImageDelivery = ImageDeliveries["owned"];
export type WorkloadDelivery = ImageDeliveries["workloads"][number];
export type WorkloadDeliveryInput = Schemas["WorkloadDeliveryInput"];
export type GitFile = Schemas["GitFileRead"];
export type GitFileInput = Schemas["GitFileInput"];
export type GitFolder = Schemas["GitFolderRead"];
export type GitFolderInput = Schemas["GitFolderInput"];
export type CopyDelivery = Schemas["CopyDelivery"];
export type GitImageEditRequest = Schemas["GitImageEditRequest"];
export type GitImageEdit = Schemas["GitImageEditRead"];
export type Comparison = Schemas["ComparisonRead"];
export type ComparedSide = Schemas["ComparedSideRead"];
export type ComparedValue = Schemas["ComparedValueRead"];
export type Difference = Schemas["DifferenceRead"];
export type ComparisonSection = Schemas["ComparisonSection"];
export type ExpectedDifference = Schemas["ExpectedDifferenceRead"];
export type ExpectedDifferencesCreate = Schemas["ExpectedDifferencesCreate"];
export type ClusterOwners = Schemas["ClusterOwnersRead"];
export type RepairedCluster = Schemas["RepairedClusterRead"];
export type Matrix = Schemas["MatrixRead"];
export type MatrixRow = Schemas["MatrixRow"];
export type MatrixCell = Schemas["MatrixCell"];
export type MatrixImage = Schemas["MatrixImage"];
export type ApplicationOverview = Schemas["ApplicationOverviewRead"];
export type EnvironmentOverview = Schemas["EnvironmentOverviewRead"];
export type LastOperation = NonNullable<EnvironmentOverview["last_operation"]>;
export type WorkloadOverview = Schemas["WorkloadOverviewRead"];
export type CustomResource = Schemas["CustomResourceOverviewRead"];
export type ContainerOverview = Schemas["ContainerOverviewRead"];
export type DeployMode = EnvironmentOverview["deploy_mode"];
export type Follow = Schemas["FollowRead"];
export type FollowInput = Schemas["FollowInput"];
export type NextImage = Schemas["NextImageRead"];

// Plans and what they are made from
export type AdoptRequest = Schemas["AdoptRequest"];
export type AdoptionPlan = Schemas["AdoptionPlanRead"];
export type ConfigureRequest = Schemas["ConfigureRequest"];
export type ImportRequest = Schemas["ImportRequest"];
export type ImportOverrides = Schemas["Overrides"];
export type SourceResource = Schemas["SourceResourceRead"];
export type OnConflict = Schemas["OnConflict"];
export type CopyPlan = Schemas["CopyPlanRead"];
export type PlannedAction = Schemas["PlannedResourceRead"]["action"];
export type FieldChange = Schemas["ChangeRead"];
export type PromotionRequest = Schemas["PromotionRequest"];
export type PromotionPlan = Schemas["PromotionPlanRead"];
export type LevelCreate = Schemas["LevelCreate"];
export type LevelMember = Schemas["LevelMemberRead"];
export type LevelPlan = Schemas["LevelPlanRead"];
export type LevelStart = Schemas["LevelStartRead"];
export type PromotionSet = Schemas["PromotionSetRead"];
export type PromotionSetCreate = Schemas["PromotionSetCreate"];
export type PromotionSetPlan = Schemas["PromotionSetPlanRead"];
export type PromotionSetRollback = Schemas["PromotionSetRollback"];
export type ImageChange = Schemas["ImageChangeRead"];
/** The plan of an operation that changes images. */
export type ImagePlan = Schemas["ImagePlanRead"];
export type UnmatchedContainer = Schemas["UnmatchedRead"];
export type RollbackRequest = Schemas["RollbackRequest"];
export type RestartRequest = Schemas["RestartRequest"];
export type DeployRequest = Schemas["DeployRequest"];
/** A consent that lifts a problem of a plan of images. */
export type ImageConsent = NonNullable<PromotionRequest["allow"]>[number];
export type Release = Schemas["ReleaseRead"];

// Operations
export type Operation = Schemas["OperationRead"];
export type OperationDetail = Schemas["OperationDetail"];
export type OperationCluster = Schemas["OperationClusterRead"];
export type OperationState = Operation["state"];
export type OperationKind = Operation["kind"];
export type OperationEvent = Schemas["EventRead"];
export type HookRun = Schemas["HookRunRead"];
export type OperationFilter = Pick<
  NonNullable<operations["listOperations"]["parameters"]["query"]>,
  "application" | "environment" | "kind" | "state"
>;
export type Outcome = NonNullable<OperationCluster["outcome"]>;

// Gates
export type Gate = Schemas["GateRead"];
export type ClosedGate = Schemas["ClosedGateRead"];
export type ContainerInput = Schemas["ContainerInput"];
export type AcceptRequest = Schemas["AcceptRequest"];
export type AcceptancePlan = Schemas["AcceptancePlanRead"];
export type Divergence = Schemas["ListedDivergenceRead"];
export type FoundField = Schemas["FoundFieldRead"];
export type DivergenceKind = Schemas["DivergenceKind"];
export type TimelineEntry = Schemas["TimelineEntryRead"];
export type TimelineKind = Schemas["EntryKind"];
export type Freeze = Schemas["FreezeRead"];
export type FreezeInput = Schemas["FreezeInput"];
export type FreezeEffect = Schemas["FreezeEffect"];
export type FreezeOccurrence = Schemas["FreezeOccurrenceRead"];
export type Hold = Schemas["HoldRead"];
export type HoldCreate = Schemas["HoldCreate"];
export type Stop = Schemas["StopRead"];
export type StopCreate = Schemas["StopCreate"];

// Approvals
export type Proposal = Schemas["ProposalRead"];
export type ProposalDetail = Schemas["ProposalDetail"];
export type ProposalState = Schemas["ProposalState"];
export type ProposalCreate = Schemas["ProposalCreate"];
export type VoteCreate = Schemas["VoteCreate"];
export type ApprovalPolicy = Schemas["ApprovalPolicyRead"];
export type ApprovalPolicyInput = Schemas["ApprovalPolicyInput"];

// The audit
export type AuditEntry = Schemas["AuditEntryRead"];
export interface AuditFilter {
  actor?: string | undefined;
  action?: string | undefined;
  target?: string | undefined;
  application?: string | undefined;
  environment?: string | undefined;
  outcome?: Schemas["AuditOutcome"] | undefined;
}

// Pushed images and image policies
export type KnownImage = Schemas["KnownImageRead"];
export type Verdict = Schemas["Verdict"];
export type ImageExplanation = Schemas["WhyRead"];
export type PolicyRule = Schemas["PolicyRuleRead"];
export type PolicyRuleInput = Schemas["PolicyRuleInput"];
export type ContainerPreview = Schemas["ContainerPreviewRead"];

// Receivers and registries
export type Provider = Schemas["ProviderRead"];
export type Receiver = Schemas["ReceiverRead"];
export type ReceiverCreate = Schemas["ReceiverCreate"];
export type ReceiverUpdate = Schemas["ReceiverUpdate"];
export type ReceiverSettings = Schemas["ReceiverSettingsInput"];
export type IssuedReceiver = Schemas["ReceiverIssued"];
export type ReceiverTest = Schemas["ReceiverTest"];
export type ReceiverTestResult = Schemas["ReceiverTested"];
export type Delivery = Schemas["DeliveryRead"];
export type DeliveryFate = Schemas["DeliveryFate"];
export type StreamedChange = Schemas["StreamedChangeRead"];
export type StreamedChanges = Schemas["StreamedChangesRead"];
export type Registry = Schemas["RegistryRead"];
export type RegistryPut = Schemas["RegistryPut"];
export type Credential = RegistryPut["credential"];
export type RegistryCheckRequest = Schemas["RegistryCheckRequest"];
export type RegistryCheck = Schemas["RegistryCheckRead"];
export type Poll = Schemas["PollRead"];
export type GitRepository = Schemas["GitRepositoryRead"];
export type GitProvider = Schemas["GitProvider"];
export type GitRepositoryPut = Schemas["GitRepositoryPut"];
export type GitRepositoryCheck = Schemas["GitRepositoryCheckRead"];
export type GitRepositoryCheckRequest = Schemas["GitRepositoryCheckRequest"];
export type DeclaredKind = Schemas["DeclaredKindRead"];
export type DeclaredKindPut = Schemas["DeclaredKindPut"];
export type DeclaredKindPreview = Schemas["DeclaredKindPreview"];
export type DeclaredKindPreviewRequest = Schemas["DeclaredKindPreviewRequest"];

// Notifications
export type Channel = Schemas["ChannelRead"];
export type ChannelKind = Channel["kind"];
export type ChannelCreate = Schemas["ChannelCreate"];
export type ChannelUpdate = Schemas["ChannelUpdate"];
export type ChannelSettingsInput = Schemas["ChannelSettingsInput"];
export type ChannelTested = Schemas["ChannelTested"];
export type IssuedChannel = Schemas["ChannelIssued"];
export type SentNotification = Schemas["NotificationRead"];
export type NotificationType = SentNotification["type"];
export type OutboxState = SentNotification["state"];
export type NotificationRoute = Schemas["NotificationRouteRead"];
export type NotificationRouteCreate = Schemas["NotificationRouteCreate"];
export type NotificationRouteUpdate = Schemas["NotificationRouteUpdate"];
