import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { connectLive, useLiveStatus } from "@/api/live";
import { clockTime } from "@/lib/time";
import classes from "./live-notice.module.css";

/** Keeps pages up to date while it is shown, and says when they are not by themselves. */
export function LiveNotice() {
  const queryClient = useQueryClient();
  useEffect(() => connectLive(queryClient), [queryClient]);
  const { lostAt } = useLiveStatus();
  return (
    <div role="status">
      {lostAt === null ? null : (
        <p className={classes.notice}>
          Not live since {clockTime(new Date(lostAt))}. Pages ask for changes every few seconds until the connection is
          back.
        </p>
      )}
    </div>
  );
}
