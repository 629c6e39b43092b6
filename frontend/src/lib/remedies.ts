/** Remedies of a plan's problems: what a request gets more, so that the next plan does not have the problem. Pure. */

export interface Remedy {
  code: string;
  title: string;
  /** The members that the request of the plan gets. */
  request: Record<string, unknown>;
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/** The request with what the remedies add: a list is appended to the list that is there, all else takes its place. */
export function withRemedies<Request extends object>(request: Request, remedies: readonly Remedy[]): Request {
  const members = { ...request } as Record<string, unknown>;
  for (const remedy of remedies)
    for (const [name, more] of Object.entries(remedy.request)) {
      members[name] = Array.isArray(more) ? [...listOf(members[name]), ...listOf(more)] : more;
    }
  return members as Request;
}

const asText = ({ code, request }: Remedy): string => JSON.stringify([code, request]);

/** Whether two remedies ask for the same. */
export const isSameRemedy = (one: Remedy, other: Remedy): boolean => asText(one) === asText(other);
