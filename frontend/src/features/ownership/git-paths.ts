/** The paths that were entered, by cluster. */
export const enteredPaths = (paths: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(paths)
      .map(([cluster, path]) => [cluster, path.trim()] as const)
      .filter(([, path]) => path !== ""),
  );
