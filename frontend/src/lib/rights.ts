/**
 * What somebody may do, and where: whether one of the scopes in which they hold a right covers a place, as the service
 * decides it. Pure: it declares the fields that it reads and imports no contract type.
 */
import { labelWords } from "./labels";
import { listed } from "./words";

interface Scope {
  /** Names; null stands for all, also for those that do not exist yet. */
  applications: readonly string[] | null;
  /** Only applications that bear all of these; null for any. */
  labels: Readonly<Record<string, string>> | null;
  environments: readonly string[] | null;
}

interface Held<Right extends string> {
  right: Right;
  scopes: readonly Scope[];
}

interface Application {
  name: string;
  /** Undefined while they are unknown. */
  labels?: Readonly<Record<string, string>>;
}

/** Without an application, or without an environment, all of them are meant. */
export interface Place<App = string> {
  application?: App;
  environment?: string;
}

/** Names differ by more than case. */
const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

const includes = (names: readonly string[] | null, name: string | undefined): boolean =>
  names === null || (name !== undefined && names.some((each) => same(each, name)));

function coversLabels(wanted: Scope["labels"], application: Application | undefined): boolean {
  const pairs = Object.entries(wanted ?? {});
  if (pairs.length === 0) return true;
  return pairs.every(([key, value]) => application?.labels?.[key] === value);
}

const scopesOf = <Right extends string>(held: readonly Held<Right>[], right: Right): readonly Scope[] =>
  held.find((each) => each.right === right)?.scopes ?? [];

/** Whether one scope gives the right in the place: two that cover it only together do not count. */
export const allows = <Right extends string>(
  held: readonly Held<Right>[],
  right: Right,
  { application, environment }: Place<Application>,
): boolean =>
  scopesOf(held, right).some(
    (scope) =>
      includes(scope.applications, application?.name) &&
      coversLabels(scope.labels, application) &&
      includes(scope.environments, environment),
  );

/** Whether the right is held anywhere: it may be on an application that does not exist. */
export const allowsSomewhere = <Right extends string>(held: readonly Held<Right>[], right: Right): boolean =>
  scopesOf(held, right).length > 0;

/** Whether the right would be held, in every environment, on a new application with a name and labels of one's choice. */
export const allowsNew = <Right extends string>(held: readonly Held<Right>[], right: Right): boolean =>
  scopesOf(held, right).some(({ applications, environments }) => applications === null && environments === null);

/** Whether the answer depends on the application's labels, so that they have to be read first. */
export const asksForLabels = <Right extends string>(
  held: readonly Held<Right>[],
  right: Right,
  { application, environment }: Place,
): boolean =>
  application !== undefined &&
  !allows(held, right, { application: { name: application }, environment }) &&
  scopesOf(held, right).some(
    (scope) => Object.keys(scope.labels ?? {}).length > 0 && includes(scope.environments, environment),
  );

/** `shop in Production`, `shop in every environment`, `all applications in all environments`. */
export function placeWords({ application, environment }: Place): string {
  if (application === undefined) return `all applications in ${environment ?? "all environments"}`;
  return `${application} in ${environment ?? "every environment"}`;
}

/** What a button says that its user may not press. */
export const missingRight = (right: string, place: Place): string =>
  `Requires the right ${right} on ${placeWords(place)}.`;

/** `shop and docs in Staging`, `applications with team=shop in all environments`. */
export function scopeWords({ applications, labels, environments }: Scope): string {
  const selector = labelWords(labels ?? {});
  const named = applications === null ? null : listed(applications) || "no application any more";
  const on = named ?? (selector ? `applications with ${selector}` : "all applications");
  const within = environments === null ? "all environments" : listed(environments) || "no environment any more";
  return `${named !== null && selector ? `${on} with ${selector}` : on} in ${within}`;
}
