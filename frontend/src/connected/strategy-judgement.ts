import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { Strategy } from "@/api/contract";
import { asProblem } from "@/api/problem";
import type { strategyPreviewQuery } from "@/api/strategies";

/** For how long nobody types before the service is asked. */
const TYPING_PAUSE = 300;

type PreviewQuery = ReturnType<typeof strategyPreviewQuery>;

/** What the service says of a strategy, as soon as nobody types any more. Null is not asked about. */
export function useStrategyJudgement(asked: Strategy | null, queryOf: (settled: Strategy | null) => PreviewQuery) {
  const text = asked && JSON.stringify(asked);
  const [settled] = useDebouncedValue(text, TYPING_PAUSE);
  const { data, error, isFetching } = useQuery(queryOf(text === settled ? asked : null));
  const waits = text !== null && (text !== settled || isFetching);
  // Where the service could not be asked, it is asked again by what sends the strategy.
  const refusal = asked !== null && !waits && error && isRefusal(asProblem(error).status) ? error : null;
  return {
    refusal,
    /** The clusters of each ring. */
    allotted: asked !== null && !refusal ? data : undefined,
    blocked: waits
      ? "Stagecoach is looking at the strategy."
      : refusal && `The strategy is refused. ${asProblem(refusal).detail}`,
  };
}

const isRefusal = (status: number): boolean => status === 403 || status === 404 || status === 422;
