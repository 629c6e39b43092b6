/**
 * The keys of the query cache. They are in one place because a mutation of one feature invalidates queries of another, and
 * features do not import each other.
 */
export const keys = {
  me: ["me"] as const,
  rights: ["rights"] as const,
  signInProviders: ["sign-in-providers"] as const,
  signInProblem: (provider: string, problem: string) => ["sign-in-problem", provider, problem] as const,
  sessions: ["sessions"] as const,
  people: {
    all: ["people"] as const,
    list: ["people", "list"] as const,
    sessions: (person: string) => ["people", "sessions", person] as const,
  },
  tokens: ["tokens"] as const,
  myTokens: ["my-tokens"] as const,
  serviceAccounts: {
    all: ["service-accounts"] as const,
    list: ["service-accounts", "list"] as const,
    tokens: (account: string) => ["service-accounts", "tokens", account] as const,
  },
  trusts: ["trusts"] as const,
  bindings: {
    all: ["bindings"] as const,
    list: ["bindings", "list"] as const,
    explained: (asked: object) => ["bindings", "explained", asked] as const,
  },
  providers: ["providers"] as const,
  drift: ["drift"] as const,
  registries: ["registries"] as const,
  gitRepositories: ["git-repositories"] as const,
  declaredKinds: ["declared-kinds"] as const,
  polls: ["polls"] as const,
  plan: (instance: string, revision: number) => ["plans", instance, revision] as const,
  receivers: {
    all: ["receivers"] as const,
    list: ["receivers", "list"] as const,
    one: (receiver: string) => ["receivers", "one", receiver] as const,
    deliveries: (receiver: string, fate: string | null) => ["receivers", "deliveries", receiver, fate] as const,
  },
  channels: {
    all: ["channels"] as const,
    list: ["channels", "list"] as const,
    notifications: (channel: string, state: string | null) => ["channels", "notifications", channel, state] as const,
  },
  notificationRoutes: ["notification-routes"] as const,
  clusters: {
    all: ["clusters"] as const,
  },
  environments: {
    all: ["environments"] as const,
    list: ["environments", "list"] as const,
    namespaces: (environment: string) => ["environments", "namespaces", environment] as const,
    strategyPreview: (environment: string, asked: object) =>
      ["environments", "strategy-preview", environment, asked] as const,
  },
  applications: {
    all: ["applications"] as const,
    matrix: ["applications", "matrix"] as const,
    names: ["applications", "names"] as const,
    one: (application: string) => ["applications", "one", application] as const,
    overview: (application: string) => ["applications", "overview", application] as const,
    environments: (application: string) => ["applications", "environments", application] as const,
    environment: (application: string, environment: string) =>
      ["applications", "environment", application, environment] as const,
    gates: (application: string) => ["applications", "gates", application] as const,
    catchUps: (application: string) => ["applications", "catch-ups", application] as const,
    ownership: (application: string, environment: string) =>
      ["applications", "ownership", application, environment] as const,
    resources: (application: string, environment: string, cluster: string | null) =>
      ["applications", "resources", application, environment, cluster] as const,
    images: (application: string, environment: string) => ["applications", "images", application, environment] as const,
    why: (application: string, environment: string, asked: object) =>
      ["applications", "images", application, environment, "why", asked] as const,
    imagePolicies: (application: string, environment: string) =>
      ["applications", "image-policies", application, environment] as const,
    policyPreview: (application: string, environment: string, rules: object) =>
      ["applications", "image-policies", application, environment, "preview", rules] as const,
    deployModePreview: (application: string, environment: string, mode: string) =>
      ["applications", "deploy-mode-preview", application, environment, mode] as const,
    comparisons: (application: string) => ["applications", "comparisons", application] as const,
    comparison: (application: string, sides: object) => ["applications", "comparisons", application, sides] as const,
    expectedDifferences: (application: string) => ["applications", "expected-differences", application] as const,
    releases: (application: string, environment: string) =>
      ["applications", "releases", application, environment] as const,
    allReleases: (application: string, environment: string) =>
      ["applications", "releases", application, environment, "all"] as const,
    timeline: (application: string, environment: string, asked: object) =>
      ["applications", "timeline", application, environment, asked] as const,
  },
  approvalPolicies: ["approval-policies"] as const,
  freezes: {
    all: ["freezes"] as const,
    list: ["freezes", "list"] as const,
    calendar: (from: string, to: string) => ["freezes", "calendar", from, to] as const,
  },
  holds: ["holds"] as const,
  stops: ["stops"] as const,
  proposals: {
    all: ["proposals"] as const,
    list: (filter: object) => ["proposals", "list", filter] as const,
    one: (proposal: string) => ["proposals", "one", proposal] as const,
    mine: (proposal: string) => ["proposals", "mine", proposal] as const,
  },
  audit: (filter: object) => ["audit", filter] as const,
  promotionSets: {
    all: ["promotion-sets"] as const,
    one: (set: string) => ["promotion-sets", "one", set] as const,
  },
  applicationGroups: ["application-groups"] as const,
  operations: {
    all: ["operations"] as const,
    list: (filter: object) => ["operations", "list", filter] as const,
    one: (operation: string) => ["operations", "one", operation] as const,
  },
};
