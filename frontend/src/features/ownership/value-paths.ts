/** Paths of values in a file, as people write them: `image.tag`, `containers[0].image`, `images["web.eu"]`. Pure. */

export type ValuePath = (string | number)[];

const STEP = /(?:^|(?<!^)\.)([^.[\]"]+)|\[(\d+)\]|\["([^"]+)"\]/y;

/** The steps of a path; null if it is none. */
export function parsePath(text: string): ValuePath | null {
  const steps: ValuePath = [];
  const path = text.trim();
  for (let at = 0; at < path.length; at = STEP.lastIndex) {
    STEP.lastIndex = at;
    const found = STEP.exec(path);
    if (!found) return null;
    const [, key, index, quoted] = found;
    steps.push(index !== undefined ? Number(index) : (key ?? quoted ?? ""));
  }
  return steps.length > 0 ? steps : null;
}

export const pathText = (path: Readonly<ValuePath>): string =>
  path
    .map((step, at) => {
      if (typeof step === "number") return `[${step}]`;
      if (/[.[\]"]/.test(step)) return `["${step}"]`;
      return at === 0 ? step : `.${step}`;
    })
    .join("");
