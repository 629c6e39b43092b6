/** The way to bring a cluster level with the others of its environment: the dialog of the page of environments. */

export interface LevelSearch {
  environment?: string | undefined;
  /** The cluster that lacks something. */
  level?: string | undefined;
}

export const levelSearch = (environment: string, cluster: string): LevelSearch => ({ environment, level: cluster });

/** The same as an address. */
export const levelHref = (environment: string, cluster: string): string =>
  `/environments?environment=${encodeURIComponent(environment)}&level=${encodeURIComponent(cluster)}`;
