/** Remedies of a plan's problems: what a request gets more, so that the next plan does not have the problem. Pure. */

export interface Remedy {
  code: string;
  title: string;
  /** The members that the request of the plan gets. */
  request: Record<string, unknown>;
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/** The request with what the remedies add: a list is appended to the list that is there, all else takes its place. */
function withRemedies<Request extends object>(request: Request, remedies: readonly Remedy[]): Request {
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

/** Whether one of them leaves out what its finding is about. */
export const leavesOut = (chosen: readonly Remedy[]): boolean => chosen.some(({ code }) => code === "leave-out");

/** Values by place, as `Secret/login/token`; an empty one is none. */
export type TypedValues = Readonly<Record<string, string>>;

export interface BroughtKey {
  place: string;
  kind: string;
  name: string;
  key: string;
}

interface Brought {
  kind: "ConfigMap" | "Secret";
  name: string;
  keys?: string[];
  values?: Record<string, string>;
}

const placesOf = ({ kind, name, keys }: Brought): BroughtKey[] =>
  (keys ?? []).map((key) => ({ place: `${kind}/${name}/${key}`, kind, name, key }));

/** The keys that a remedy brings, if it brings any. */
export const broughtBy = ({ request }: Remedy): BroughtKey[] =>
  (listOf(request.bring) as Brought[]).flatMap((each) => placesOf(each));

/** Whether the keys that it brings have no source: each needs a value that is typed in. */
export const isTyped = ({ code }: Remedy): boolean => code === "type-keys";

/** Whether it brings keys that nothing is known to write to. */
export const valuesLacking = (remedy: Remedy, typed: TypedValues): boolean =>
  isTyped(remedy) && broughtBy(remedy).some(({ place }) => !typed[place]);

/** The request with the values that were typed in for keys that it brings. */
function withTyped<Request extends object>(request: Request, typed: TypedValues): Request {
  const { bring } = request as { bring?: Brought[] };
  if (!bring) return request;
  const given = bring.map((each) => {
    const values = placesOf(each).filter(({ place }) => typed[place]);
    return values.length === 0
      ? each
      : { ...each, values: Object.fromEntries(values.map(({ place, key }) => [key, typed[place]!])) };
  });
  return { ...request, bring: given };
}

/** The request with what the chosen remedies add. One that lacks values adds nothing yet. */
export const applied = <Request extends object>(
  request: Request,
  chosen: readonly Remedy[],
  typed: TypedValues,
): Request =>
  withTyped(
    withRemedies(
      request,
      chosen.filter((remedy) => !valuesLacking(remedy, typed)),
    ),
    typed,
  );
