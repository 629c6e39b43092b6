/** The Secret values that a retry must provide again. Pure. */

/** `{"db/password": "x"}` → `{db: {password: "x"}}`. */
export function nested(values: Readonly<Record<string, string>>): Record<string, Record<string, string>> {
  const secrets: Record<string, Record<string, string>> = {};
  for (const [path, value] of Object.entries(values)) {
    const slash = path.indexOf("/");
    if (slash < 0) continue;
    (secrets[path.slice(0, slash)] ??= {})[path.slice(slash + 1)] = value;
  }
  return secrets;
}
