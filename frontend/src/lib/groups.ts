interface Member {
  provider: string;
  groups: readonly string[];
}

/** The groups of these people as bindings and policies name them: with their provider, each once. */
export const groupsOf = (people: readonly Member[]): string[] =>
  [...new Set(people.flatMap(({ provider, groups }) => groups.map((group) => `${provider}:${group}`)))].toSorted();
