import { useQuery } from "@tanstack/react-query";
import type { Comparison, Difference } from "@/api/contract";
import { count } from "@/lib/words";
import { ProblemAlert } from "@/ui/problem-alert";
import classes from "./comparing.module.css";
import { DifferenceRow, MarkButton } from "./difference-row";
import { fieldOf, marksOf, missingKey, sideTitles, type ComparedSection } from "./model";
import { useMarkExpected, useUnmarkExpected } from "./mutations";
import { expectedDifferencesQuery } from "./queries";

interface SectionViewProps {
  application: string;
  comparison: Comparison;
  section: ComparedSection;
  /** The ids of the missing keys that can be brought, and whether each is to be. */
  keys: ReadonlyMap<string, boolean>;
  onBring: (id: string, brought: boolean) => void;
}

/** One section of a comparison, which can be folded; its expected differences are folded inside it. */
export function SectionView({ section, ...props }: SectionViewProps) {
  const { title, same, differences, expected } = section;
  const counted = [
    ...(differences.length > 0 ? [count(differences.length, "difference")] : []),
    ...(expected.length > 0 ? [`${expected.length} expected`] : []),
    ...(same > 0 ? [`${same} the same`] : []),
  ].join(", ");
  return (
    <details className={classes.section} open={differences.length > 0}>
      <summary className={classes.summary}>
        <h2 className={classes.title}>{title}</h2>
        <span className={classes.dim}>{counted}</span>
      </summary>
      <Rows {...props} differences={differences} />
      {expected.length > 0 ? (
        <details className={classes.expected}>
          <summary className={classes.dim}>{count(expected.length, "expected difference")}</summary>
          <Rows {...props} differences={expected} />
        </details>
      ) : null}
    </details>
  );
}

function Rows({
  application,
  comparison,
  differences,
  keys,
  onBring,
}: Omit<SectionViewProps, "section"> & { differences: readonly Difference[] }) {
  const titles = sideTitles(comparison);
  if (differences.length === 0) return null;
  return (
    <ul className={classes.rows}>
      {differences.map((difference) => {
        const missing = missingKey(difference);
        return (
          <DifferenceRow
            key={`${difference.resource.kind}/${difference.resource.name} ${difference.path}`}
            difference={difference}
            titles={titles}
            brought={missing ? (keys.get(missing.id) ?? null) : null}
            onBring={onBring}
            action={<Mark application={application} comparison={comparison} difference={difference} />}
          />
        );
      })}
    </ul>
  );
}

interface MarkProps {
  application: string;
  comparison: Comparison;
  difference: Difference;
}

/** Marks the difference as expected, or takes that back; nothing for who may not. */
function Mark({ application, comparison, difference }: MarkProps) {
  const marks = useQuery({ ...expectedDifferencesQuery(application), enabled: difference.expected });
  const mark = useMarkExpected(application);
  const unmark = useUnmarkExpected(application);
  const error = mark.error ?? unmark.error;
  if (comparison.lacking !== null) return null;
  const held = marksOf(difference, marks.data ?? [], comparison);
  return (
    <>
      {difference.expected ? (
        <MarkButton
          label="Take back"
          about={difference}
          pending={unmark.isPending || marks.isPending}
          onClick={() => unmark.mutate(held.map(({ id }) => id))}
        />
      ) : (
        <MarkButton
          label="Mark as expected"
          about={difference}
          pending={mark.isPending}
          onClick={() =>
            mark.mutate({
              environments: [comparison.left.environment, comparison.right.environment],
              fields: [fieldOf(difference)],
            })
          }
        />
      )}
      {error ? <ProblemAlert error={error} /> : null}
    </>
  );
}
