/** Paths of fields as comparisons and drift have them, for people. Pure. */

/** Without the way into a pod template: `containers[web].resources.limits.cpu`. */
export const shortPath = (path: string): string => path.replace(/^spec\.(?:jobTemplate\.spec\.)?template\.spec\./, "");
