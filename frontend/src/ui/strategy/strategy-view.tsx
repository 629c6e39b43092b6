import { Stack, Text } from "@mantine/core";
import classes from "./strategy.module.css";
import { failureWords, proofOf, provesWords, ringsOf, selectorWords, type OwnStrategy } from "./words";

/** A strategy as it is stored: its rings in their order, its hooks, and what a failure means. */
export function StrategyView({ strategy }: { strategy: OwnStrategy }) {
  const rings = ringsOf(strategy);
  const hooks = (when: "before" | "after") =>
    strategy.hooks.filter((hook) => hook.when === when).map(({ name, scope }) => ({ name, each: scope === "cluster" }));
  return (
    <Stack gap="xs">
      <ol className={classes.rings} aria-label="Rings">
        {hooks("before").map(({ name, each }) => (
          <li key={`before ${name}`}>
            <strong>{name}</strong>
            <span className={classes.proof}>
              {each ? "a Job before it on each cluster" : "a Job before the change"}
            </span>
          </li>
        ))}
        {rings.map((ring, index) => (
          <li key={index}>
            <strong>Ring {index + 1}</strong>
            <span>{selectorWords(ring)}</span>
            <span className={classes.proof}>{provesWords(proofOf(ring))}</span>
          </li>
        ))}
        {rings.length === 0 ? (
          <li>
            <strong>All clusters at once</strong>
          </li>
        ) : null}
        {hooks("after").map(({ name, each }) => (
          <li key={`after ${name}`}>
            <strong>{name}</strong>
            <span className={classes.proof}>{each ? "a Job after it on each cluster" : "a Job after the change"}</span>
          </li>
        ))}
      </ol>
      <Text size="sm">On failure: {failureWords(strategy)}.</Text>
    </Stack>
  );
}
