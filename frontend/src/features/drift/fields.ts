/** Drift of keys and of other fields: what is named of it, and what an import brings back. Pure. */
import type { Divergence, FoundField } from "@/api/contract";
import { shortPath } from "@/lib/field-paths";

/** As in `web`, or `ConfigMap settings`, whatever drifted. */
export const whatDrifted = ({ container, workload }: Divergence): string =>
  container || `${workload.kind} ${workload.name}`;

/** As in `Deployment web, web`, or `ConfigMap settings`. */
export const whereDrifted = ({ container, workload }: Divergence): string =>
  [`${workload.kind} ${workload.name}`, ...(container ? [container] : [])].join(", ");

/** As in `mode`, `containers[web].resources.limits.cpu`; null where the object is gone. */
export const fieldName = ({ key, path }: FoundField): string | null => key ?? (path === "" ? null : shortPath(path));

/** Fields that one manager wrote at one time. */
export interface WrittenFields {
  manager: string | null;
  writtenAt: string | null;
  fields: FoundField[];
}

/** The fields by who wrote them and when, each in the order in which they were told. */
export function byWriter(fields: readonly FoundField[]): WrittenFields[] {
  const groups = new Map<string, WrittenFields>();
  for (const field of fields) {
    const { manager, written_at: writtenAt } = field;
    const key = JSON.stringify([manager, writtenAt]);
    const group = groups.get(key) ?? { manager, writtenAt, fields: [] };
    groups.set(key, group);
    group.fields.push(field);
  }
  return [...groups.values()];
}

/** What can be imported again: the environment that has it, and the keys if only keys drifted. */
export interface Importing {
  application: string;
  environment: string;
  source: string;
  /** Names as the address of an import has them; null: a person chooses the resources there. */
  names: string[] | null;
}

/** Null where a roll-back brings it back instead, or where no environment is seen that it could come from. */
export function importingOf({
  kind,
  application,
  environment,
  source,
  workload,
  fields,
}: Divergence): Importing | null {
  if (source === null || (kind !== "key-drift" && kind !== "field-drift")) return null;
  if (kind === "field-drift") return { application, environment, source, names: null };
  const object = `${workload.kind}/${workload.name}`;
  const found = fields.flatMap(({ fields: here }) => here.map(({ key }) => key));
  const keys = found.filter((key) => key !== null);
  // Without a key, the object as a whole is gone, and comes back as a whole.
  const whole = keys.length < found.length;
  return {
    application,
    environment,
    source,
    names: whole ? [object] : [...new Set(keys)].map((key) => `${object}:${key}`),
  };
}
