/**
 * Whether changes arrive by themselves. While they do, queries that the stream of changes covers do not poll.
 *
 * One for the page, as the stream is one for the browser; before it has stood, and where there is none, queries poll.
 */
export type LiveStatus = { live: boolean; lostAt: number | null };

const OFF: LiveStatus = { live: false, lostAt: null };
let status = OFF;
const listeners = new Set<() => void>();

function become(next: LiveStatus): void {
  status = next;
  listeners.forEach((tell) => tell());
}

export const liveStatus = {
  /** Changes arrive. */
  stands: () => {
    if (!status.live) become({ live: true, lostAt: null });
  },
  /** Changes have not arrived since that time. */
  lost: (at: number) => {
    if (status.live || status.lostAt === null) become({ live: false, lostAt: at });
  },
  off: () => become(OFF),
  now: () => status,
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

/** A `refetchInterval` of a query that the stream covers: none while changes arrive. */
export const whileNotLive = (milliseconds: number) => (): number | false => (status.live ? false : milliseconds);

/** A gate or a hold, as far as it ends by the clock: no change is told then. */
interface Ending {
  until?: string | null;
}

const LONGEST_TIMEOUT = 2_147_483_647;

/** As `whileNotLive`; while changes arrive, once something of what was read has ended. */
export function orWhenOneEnds<Data>(milliseconds: number, endings: (data: Data) => readonly Ending[]) {
  return ({ state: { data } }: { state: { data: Data | undefined } }): number | false => {
    if (!status.live) return milliseconds;
    const now = Date.now();
    const ends = (data === undefined ? [] : endings(data)).flatMap(({ until }) => (until ? [Date.parse(until)] : []));
    const first = Math.min(...ends.filter((end) => end > now - 1000));
    return Number.isFinite(first) ? Math.min(Math.max(first - now, 0) + 1000, LONGEST_TIMEOUT) : false;
  };
}
